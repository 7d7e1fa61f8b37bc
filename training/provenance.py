"""What made a model: versions of the code and of the libraries."""

import hashlib
from importlib.metadata import version
from pathlib import Path

import model_service
import training
from model_service.bundle import CodeFacts

WITHOUT_A_SAY = (
    (model_service, "__init__", "__main__", "bundle", "errors", "explanation", "fork_lock", "logs", "parts",
     "places", "reasons", "reddit_classifier", "seldon_messages", "server", "settings",
     "shared_metrics", "short_path", "text_input", "weights_files"),
    (training, "__init__", "__main__", "candidates", "errors", "features", "leaderboard", "learning_curve",
     "provenance", "reporting", "sample", "sample_phrases", "spacy_exceptions", "writing"),
)  # fmt: skip
"""Modules that decide neither what is learnt, nor how it is scored, nor what is said of that; others do."""


def code() -> CodeFacts:
    """Return the version of the code, and the SHA-256 of the modules that decide what a model is."""
    digest = hashlib.sha256()
    for package, *without in WITHOUT_A_SAY:
        folder = Path(str(package.__file__)).parent
        for path in sorted((*folder.glob("*.py"), *folder.glob("spacy_exceptions.json"))):
            if path.stem not in without or path.suffix == ".json":
                content = path.read_bytes()
                digest.update(f"{package.__name__}/{path.name} {len(content)}\n".encode() + content)
    return CodeFacts(version("modstream"), digest.hexdigest())


def libraries() -> dict[str, str]:
    """Return the versions that a model depends on."""
    return {name: version(name) for name in ("numpy", "scikit-learn", "scipy", "spacy")}
