"""Everything that can go wrong in the model service, each with its HTTP status.

ModelServiceError          500
├── BadRequestError        400  the caller sent something that is not text
└── BundleError            503  no model can be loaded
"""


class ModelServiceError(Exception):
    """Base of the model service's errors."""

    status = 500


class BadRequestError(ModelServiceError):
    """The request holds something that cannot be scored."""

    status = 400


class BundleError(ModelServiceError):
    """A bundle is missing, incomplete, changed or made by a newer version."""

    status = 503
