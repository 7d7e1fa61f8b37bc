"""Everything that can go wrong in the model service, each with its HTTP status.

ModelServiceError               500
├── BadRequestError             400  the caller sent something that cannot be scored
│   ├── NotTextError                 neither text nor tokens
│   ├── TextTooLongError             a text that would take too much memory and time
│   ├── TooManyTextsError       413  more texts than one request may have
│   ├── UnreadableBytesError         bytes that are not a JSON array in UTF-8
│   ├── BadTagError                  a request tag of a wrong type
│   ├── BadMessageError              not the shape of a Seldon message
│   └── RefusedOverGrpcError         any of these, as a gRPC client is told
├── BundleError                 503  no model can be loaded
│   ├── NoBundleError                the folder is missing or holds no model.json
│   ├── BundleFileMissingError       a file that model.json names
│   ├── BundleFileChangedError       a file that is not the one model.json was written for
│   ├── BundleUnreadableError        a file whose content makes no sense
│   ├── NewerBundleError             written by a later version of this code
│   └── OlderBundleError             written by an earlier version of this code
└── ServiceStartError           500  the service cannot be started
    └── PortTakenError               something else listens there
"""

from pathlib import Path


class ModelServiceError(Exception):
    """Base of the model service's errors."""

    status = 500


class BadRequestError(ModelServiceError):
    """The request holds something that cannot be scored."""

    status = 400


class NotTextError(BadRequestError):
    """Something in the input is neither text nor tokens."""

    def __init__(self, where: str, found: str) -> None:
        super().__init__(
            f"{where} is of type {found}: send a text, a list of texts, or a list of lists of tokens"
        )


class TextTooLongError(BadRequestError):
    """A text would take more memory and time than one may."""

    def __init__(self, place: int, length: int, most: int) -> None:
        super().__init__(f"text {place} has {length:,} characters; at most {most:,} are scored")


class TooManyTextsError(BadRequestError):
    """A request has more texts than one may."""

    status = 413

    def __init__(self, count: int, most: int) -> None:
        super().__init__(
            f"{count:,} texts in one request; at most {most:,} are scored (MOD_SERVICE_MAX_TEXTS): send fewer"
        )


class UnreadableBytesError(BadRequestError):
    """Bytes came that are not what bytes have to be."""

    def __init__(self, why: str) -> None:
        super().__init__(f"bytes have to be a JSON array of texts in UTF-8: {why}")


class BadTagError(BadRequestError):
    """A request tag cannot be used."""

    def __init__(self, tag: str, wanted: str, found: object) -> None:
        super().__init__(f"{tag} has to be {wanted}, not {str(found)[:100]!r}")


class BadMessageError(BadRequestError):
    """The request is not shaped as a Seldon message."""

    def __init__(self, what: str) -> None:
        super().__init__(f"not a Seldon message: {what}")


class RefusedOverGrpcError(BadRequestError):
    """A bad request over gRPC, where Seldon's wrapper passes on nothing but the message."""

    def __init__(self, refused: BadRequestError) -> None:
        super().__init__(f"{refused.status} {refused}")


class BundleError(ModelServiceError):
    """A bundle is missing, incomplete, changed or made by a newer version."""

    status = 503


class NoBundleError(BundleError):
    """There is no bundle in the folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"no model bundle in {folder}: it holds no model.json (make one with 'modstream train')"
        )


class BundleFileMissingError(BundleError):
    """A file of the bundle is not there."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"{file} is missing, though the bundle's model.json names it")


class BundleFileChangedError(BundleError):
    """A file of the bundle is not the one that was written with it."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"{file} is not the file that model.json was written for: its SHA-256 differs")


class BundleUnreadableError(BundleError):
    """A file of the bundle cannot be read or understood."""

    def __init__(self, file: Path, why: str) -> None:
        super().__init__(f"{file} cannot be used: {why}")


class NewerBundleError(BundleError):
    """The bundle follows a schema that this code does not know yet."""

    def __init__(self, file: Path, found: int, known: int) -> None:
        super().__init__(
            f"{file} has schema version {found}, but this modstream knows up to {known}: update it"
        )


class OlderBundleError(BundleError):
    """The bundle follows a schema that this code has left behind."""

    def __init__(self, file: Path, found: int, known: int) -> None:
        super().__init__(
            f"{file} has schema version {found}, this modstream reads {known}: train the model again"
        )


class ServiceStartError(ModelServiceError):
    """The service cannot be started."""


class PortTakenError(ServiceStartError):
    """Something else listens where the service should."""

    def __init__(self, host: str, port: int, change_with: str, why: str) -> None:
        super().__init__(f"cannot listen on {host}:{port} ({why}): choose another port with {change_with}")
