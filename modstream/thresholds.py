"""The threshold as a number, also where it is asked for by a name: that of a bundle on this machine."""

from pathlib import Path

from modstream.errors import NoSuchThresholdError
from streams.settings import StreamSettings, Threshold

SETTING = "MOD_MODERATION_THRESHOLD"


def threshold_of(option: Threshold | None = None, model: Path | None = None) -> float:
    """Return what a probability has to exceed to be an alert.

    Args:
        option: What `--threshold` says; None for `MOD_MODERATION_THRESHOLD`.
        model: The bundle that has the names; None for that in `MOD_MODEL_DIR`, or the shipped one.

    Raises:
        NoSuchThresholdError: If the bundle has no threshold of that name.
        BundleError: If a name is asked for, and there is no usable bundle.
    """
    asked = StreamSettings().moderation_threshold if option is None else option
    if not isinstance(asked, str):
        return asked
    return _named(asked, SETTING if option is None else "--threshold", model)


def _named(name: str, where: str, model: Path | None) -> float:
    from model_service.bundle import load_bundle
    from model_service.settings import ServiceSettings

    folder = model or ServiceSettings().model_dir
    thresholds = load_bundle(folder).manifest.thresholds
    if name not in thresholds:
        raise NoSuchThresholdError(f"{where}={name}", folder, sorted(thresholds))
    return thresholds[name]
