"""The recipes that a model can be trained with."""

from collections.abc import Sequence
from typing import Any, Protocol, Self

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from model_service.bundle import ADDITIVE, TALK
from model_service.weights import AdditiveWeights, Weights
from training import additive, documents, talk
from training.features import CommentFeatures, classifier_of


class Read(Protocol):
    """Comments as a recipe sees them: nothing is learnt yet."""

    def take(self, rows: NDArray[np.int64]) -> Self:
        """Return some of the comments, in the order given."""
        ...


class Model(Protocol):
    """What a recipe has learnt."""

    @property
    def weights(self) -> Weights:
        """Return what scoring needs."""
        ...

    def objects(self) -> tuple[Any, Any]:
        """Return scikit-learn objects that do the same: a transformer and a classifier."""
        ...


class Recipe(Protocol):
    """A way to learn from comments."""

    name: str

    def read(self, texts: Sequence[str]) -> Any:
        """Return the comments as the recipe sees them, a `Read`."""
        ...

    def fit(self, comments: Any, removed: Sequence[bool], seed: int) -> Model:
        """Return what is learnt from comments that were read.

        Raises:
            NoVocabularyError: If no word occurs in enough comments.
        """
        ...

    def parameters(self) -> dict[str, Any]:
        """Return the recipe's parameters, for the bundle."""
        ...


class TalkRecipe:
    """TF-IDF of words and logistic regression."""

    name = TALK

    def read(self, texts: Sequence[str]) -> talk.Read:
        """Return the comments as the recipe sees them."""
        return talk.read(texts)

    def fit(self, comments: talk.Read, removed: Sequence[bool], seed: int) -> Model:
        """Return what is learnt."""
        return talk.fit(comments, removed, seed)

    def parameters(self) -> dict[str, Any]:
        """Return the recipe's parameters."""
        return talk.parameters()


class AdditiveModel(Struct, frozen=True):
    """What the default recipe has learnt."""

    weights: AdditiveWeights

    def objects(self) -> tuple[Any, Any]:
        """Return scikit-learn objects that do the same."""
        return CommentFeatures(self.weights), classifier_of(self.weights)


class AdditiveRecipe:
    """Words, phrases, pieces of words and style, all of which add up."""

    name = ADDITIVE

    def read(self, texts: Sequence[str]) -> documents.Documents:
        """Return the comments as the recipe sees them."""
        return documents.read(texts)

    def fit(self, comments: documents.Documents, removed: Sequence[bool], seed: int) -> Model:
        """Return what is learnt."""
        return AdditiveModel(additive.fit_documents(comments, removed, seed))

    def parameters(self) -> dict[str, Any]:
        """Return the recipe's parameters."""
        return additive.parameters()


RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (AdditiveRecipe(), TalkRecipe())}
DEFAULT = ADDITIVE
