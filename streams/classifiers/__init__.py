"""The classifiers that a worker can ask: Seldon over REST or gRPC, or the same class without a service."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from streams.records import Reason
from streams.settings import StreamSettings, Threshold


class Scores(Struct, frozen=True):
    """What a classifier says of the texts of one call."""

    probabilities: Sequence[float]
    """P(removed) of each text, in [0, 1], in the order given."""
    model_version: str
    reasons: Mapping[int, tuple[Reason, ...]]
    """For the texts above the threshold, by their index: the words that weighed most."""
    threshold: float
    """The one asked for; of a name, what the model that gave the scores means by it."""


class Classifier(Protocol):
    """Scores comments."""

    url: str

    async def score(self, texts: Sequence[str], explain_above: Threshold, reasons: int) -> Scores:
        """Return the scores of `texts`, with up to `reasons` words for each above `explain_above`.

        Raises:
            ClassifierError: Of the kind that says what to do about it.
            SettingsError: If `explain_above` is a name that the model or its service does not know.
        """
        ...

    async def close(self) -> None:
        """Give back connections, threads and processes."""
        ...


def classifier_for(settings: StreamSettings) -> Classifier:
    """Return the classifier that the URL's scheme names; it connects when it is first asked."""
    url, timeout_s = settings.classifier_url, settings.classifier_timeout_s
    scheme = url.partition(":")[0]
    if scheme == "grpc":
        from streams.classifiers.seldon_grpc import SeldonGrpcClassifier

        return SeldonGrpcClassifier(url, timeout_s)
    if scheme == "inprocess":
        from streams.classifiers.child_process import ChildProcessClassifier

        return ChildProcessClassifier(url, processes=settings.model_processes)
    from streams.classifiers.seldon_rest import SeldonRestClassifier

    return SeldonRestClassifier(url, timeout_s)
