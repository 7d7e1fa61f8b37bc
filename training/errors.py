"""Everything that can go wrong in training and evaluation.

TrainingError
└── DataError              a file of labelled comments cannot be used
"""


class TrainingError(Exception):
    """Base of the training errors."""


class DataError(TrainingError):
    """A data file is missing, unreadable or without the needed columns."""
