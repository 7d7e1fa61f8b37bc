"""What stops the commands about windows.

ModstreamError
└── NotPredictionsError    a file holds something else than predictions
"""

from modstream.errors import ModstreamError


class NotPredictionsError(ModstreamError):
    """A line of a file is not a prediction."""

    def __init__(self, origin: str, reason: str) -> None:
        super().__init__(f"{origin} is not a prediction as 'modstream score' writes them: {reason}")
