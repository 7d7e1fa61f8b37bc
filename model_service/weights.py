"""What the two recipes learn, free of the libraries that learnt it."""

from msgspec import Struct
from numpy import float64
from numpy.typing import NDArray


class TfidfWeights(Struct, frozen=True, kw_only=True):
    """All that the talk's recipe needs to score: `n` words and phrases with their weights."""

    vocabulary: tuple[str, ...]
    """The words and phrases; a phrase's words are joined by one space."""
    idf: NDArray[float64]
    """(n,) float64, inverse document frequency."""
    coefficients: NDArray[float64]
    """(n,) float64, log-odds of removal per unit of L2-normed TF-IDF."""
    intercept: float


class AdditiveWeights(Struct, frozen=True, kw_only=True):
    """All that the default recipe needs to score; every part is a sum over the comment.

    log-odds = intercept
             + (sum of the words' and phrases' weights + sum of the chunks' character n-gram weights)
               / max(tokens, 1) ** power
             + clip((style - style_means) / style_scales, -style_limit, style_limit) @ style_weights

    A chunk is what stands between whitespace; its character n-grams are those of the chunk with a space at
    either end (`ngrams.of_chunk`). `style` are the features of `model_service.style`.
    """

    phrases: tuple[str, ...]
    """(n,) words and phrases; a phrase's words are joined by one space."""
    phrase_weights: NDArray[float64]
    """(n,) float64, log-odds per occurrence."""
    ngrams: tuple[str, ...]
    """(m,) character n-grams, of `ngrams.LENGTHS` characters."""
    ngram_weights: NDArray[float64]
    """(m,) float64, log-odds per occurrence."""
    style_features: tuple[str, ...]
    """(k,) what the features of style are."""
    style_means: NDArray[float64]
    """(k,) float64, as the two below."""
    style_scales: NDArray[float64]
    style_weights: NDArray[float64]
    style_limit: float
    """Standard deviations beyond which a feature says no more."""
    power: float
    """Between 0 (sums) and 1 (means over the tokens)."""
    intercept: float


type Weights = TfidfWeights | AdditiveWeights
