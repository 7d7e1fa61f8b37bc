"""`python -m model_service`: serves the model as its `MOD_` variables say (see `settings.py`)."""

import argparse
import logging.config
import sys

from pydantic import ValidationError

from model_service.errors import ModelServiceError
from model_service.logs import logging_config
from model_service.server import serve
from model_service.settings import ServiceSettings


def main() -> None:
    """Run the model service until it is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m model_service", description=__doc__)
    parser.add_argument(
        "--until-stdin-closes",
        action="store_true",
        help="stop as well when stdin ends (for the starting process)",
    )
    arguments = parser.parse_args()
    try:
        settings = ServiceSettings()
        logging.config.dictConfig(logging_config(settings))
        serve(settings, until_stdin_closes=arguments.until_stdin_closes)
    except (ModelServiceError, ValidationError) as error:
        sys.exit(f"model_service: {error}")


if __name__ == "__main__":
    main()
