"""`python -m training --data FILE --out DIR`: trains a bundle without the `modstream` command."""

import argparse
import sys
from pathlib import Path

from training.errors import TrainingError
from training.evaluation import figures
from training.train import TrainingOptions, train


def main() -> None:
    """Train, and say how good the model is."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="labelled comments: id, body, removed")
    parser.add_argument("--out", type=Path, required=True, help="folder of the bundle")
    parser.add_argument("--seed", type=int, default=1, help="decides the folds (1)")
    arguments = parser.parse_args()
    try:
        report = train(TrainingOptions(arguments.data, arguments.out, arguments.seed))
    except TrainingError as error:
        sys.exit(f"training: {error}")
    sys.stdout.write(f"cross-validation: {figures(report.cross_validation)}\n")
    sys.stdout.write(f"model {report.model_version} in {report.out}\n")


if __name__ == "__main__":
    main()
