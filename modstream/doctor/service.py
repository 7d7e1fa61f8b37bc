"""Whether the model service scores, and with the model that is expected."""

import asyncio

from model_service.errors import ModelServiceError
from model_service.settings import ServiceSettings
from modstream.doctor.findings import Finding, Status
from streams.classifiers import Scores, classifier_for
from streams.errors import ClassifierError, SettingsError
from streams.service_guard import PROBE
from streams.settings import StreamSettings

NAME = "service"
EXTRA = "install what the worker needs: pip install 'modstream[worker]'"


def look(settings: StreamSettings, service: ServiceSettings) -> Finding:
    """Return whether the worker's classifier scores, and with the bundle of MOD_MODEL_DIR."""
    try:
        scores = asyncio.run(_ask(settings))
    except SettingsError as error:
        return Finding(NAME, Status.FAILED, str(error), "change that setting")
    except ModuleNotFoundError as error:
        return Finding(
            NAME, Status.FAILED, f"{settings.classifier_url} cannot be asked from here: {error}", EXTRA
        )
    except (ClassifierError, ModelServiceError) as error:
        return Finding(
            NAME,
            Status.FAILED,
            str(error),
            "start the service with 'modstream serve', or set MOD_CLASSIFIER_URL to where it is",
        )
    return judge(scores, settings.classifier_url, service)


async def _ask(settings: StreamSettings) -> Scores:
    classifier = classifier_for(settings)
    try:
        return await classifier.score(PROBE, settings.moderation_threshold, 0)
    finally:
        await classifier.close()


def judge(scores: Scores, url: str, service: ServiceSettings) -> Finding:
    """Return what is to be said of an answer: which model gave it, and whether it is that of the bundle."""
    told = f"{url} scores with model {scores.model_version}; alerts above {scores.threshold:g}"
    try:
        version = _version_of(service)
    except (ModelServiceError, ModuleNotFoundError) as error:
        return Finding(
            NAME, Status.WARNING, f"{told}; the bundle cannot be compared: {error}", "set MOD_MODEL_DIR to it"
        )
    if version != scores.model_version:
        return Finding(
            NAME,
            Status.WARNING,
            f"{told}; the bundle in {service.model_dir} is {version}",
            "restart the service with that bundle, or set MOD_MODEL_DIR to the one to be served",
        )
    return Finding(NAME, Status.OK, f"{told}, the bundle in {service.model_dir}")


def _version_of(service: ServiceSettings) -> str:
    from model_service.bundle import load_bundle  # needs numpy, which the command can do without

    return load_bundle(service.model_dir).model_version
