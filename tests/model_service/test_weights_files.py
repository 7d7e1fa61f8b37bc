"""Weights come back from their files as they were, or are refused with the file that is to blame."""

import io
import json
import random
import zipfile
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pytest

from model_service.bundle import KINDS
from model_service.ngrams import MOST_CHARACTERS
from model_service.style import FEATURES
from model_service.weights import AdditiveWeights, TfidfWeights, Weights
from model_service.weights_files import VOCABULARY, WEIGHTS, WeightsUnreadableError, files_of, parse
from tests.model_service.examples import make_additive, make_tfidf

type Files = dict[str, bytes]
type Damage = Callable[[Files], Files]

TFIDF = files_of(make_tfidf({"a": 1.0, "a b": -2.0, "é 😀": 3.0}, intercept=0.5))
ADDITIVE = files_of(
    make_additive(
        {"a": 1.0, "a b": -2.0}, {" a": 0.5, "é😀": 1.0}, {"commas": 1.0}, intercept=-0.5, power=0.5
    )
)


def arrays_of(files: Files) -> dict[str, Any]:
    with np.load(io.BytesIO(files[WEIGHTS])) as arrays:
        return {name: arrays[name] for name in arrays.files}


def saved(arrays: dict[str, Any], save: Callable[..., None] = np.savez) -> bytes:
    content = io.BytesIO()
    save(content, **{name: np.array(value) for name, value in arrays.items() if value is not None})
    return content.getvalue()


def numbers(**changes: Any) -> Damage:
    """Return a damage: other numbers, or none where there is None."""
    return lambda files: {**files, WEIGHTS: saved(arrays_of(files) | changes)}


def names(**changes: Any) -> Damage:
    """Return a damage: other names, or none where there is None."""

    def damage(files: Files) -> Files:
        changed = json.loads(files[VOCABULARY]) | changes
        kept = {name: value for name, value in changed.items() if value is not None}
        return {**files, VOCABULARY: json.dumps(kept).encode()}

    return damage


def content(name: str, changed: Callable[[bytes], bytes]) -> Damage:
    """Return a damage: other bytes."""
    return lambda files: {**files, name: changed(files[name])}


def archive(*members: tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name, member in members:
            file.writestr(name, member)
    return made.getvalue()


def array_bytes(value: Any) -> bytes:
    made = io.BytesIO()
    np.save(made, np.array(value))
    return made.getvalue()


HUGE = (
    b"\x93NUMPY\x01\x00v\x00"
    + b"{'descr': '<f8', 'fortran_order': False, 'shape': (1152921504606846975,), }".ljust(117)
    + b"\n"
)
OF_EITHER: dict[str, tuple[Damage, str]] = {
    "weights-are-no-archive": (content(WEIGHTS, lambda _: b"rubbish"), WEIGHTS),
    "weights-are-empty": (content(WEIGHTS, lambda _: b""), WEIGHTS),
    "weights-cut-short": (content(WEIGHTS, lambda whole: whole[:-30]), WEIGHTS),
    "weights-without-their-beginning": (content(WEIGHTS, lambda whole: whole[30:]), WEIGHTS),
    "weights-are-one-array": (content(WEIGHTS, lambda _: array_bytes([1.0])), WEIGHTS),
    "weights-are-no-arrays": (content(WEIGHTS, lambda _: archive(("idf", b"1.0"))), WEIGHTS),
    "weights-are-an-empty-archive": (content(WEIGHTS, lambda _: archive()), WEIGHTS),
    "weights-beyond-all-memory": (content(WEIGHTS, lambda _: archive(("intercept.npy", HUGE))), WEIGHTS),
    "weights-are-pickled": (numbers(intercept=np.array([object()], dtype=object)), WEIGHTS),
    "weights-are-text": (numbers(intercept="a"), WEIGHTS),
    "weights-are-text-of-numbers": (numbers(intercept="1"), WEIGHTS),
    "weights-are-complex": (numbers(intercept=1j), WEIGHTS),
    "weights-are-whole-numbers": (numbers(intercept=1), WEIGHTS),
    "intercept-is-nan": (numbers(intercept=float("nan")), WEIGHTS),
    "intercept-is-infinite": (numbers(intercept=float("inf")), WEIGHTS),
    "intercepts-are-two": (numbers(intercept=[0.0, 1.0]), WEIGHTS),
    "intercept-is-missing": (numbers(intercept=None), WEIGHTS),
    "intercept-is-a-name": (names(intercept=["a"]), "no error"),
    "intercept-is-a-name-only": (
        lambda files: names(intercept=["a"])(numbers(intercept=None)(files)),
        WEIGHTS,
    ),
    "vocabulary-is-no-json": (content(VOCABULARY, lambda whole: whole[:-3]), VOCABULARY),
    "vocabulary-is-empty": (content(VOCABULARY, lambda _: b""), VOCABULARY),
    "vocabulary-is-binary": (content(VOCABULARY, lambda _: b'{"vocabulary":["\xff"]}'), VOCABULARY),
    "vocabulary-is-a-list": (content(VOCABULARY, lambda _: b'["a"]'), VOCABULARY),
    "vocabulary-holds-numbers": (content(VOCABULARY, lambda _: b'{"vocabulary":[1]}'), VOCABULARY),
    "vocabulary-nested-deeply": (content(VOCABULARY, lambda _: b'{"a":' + b"[" * 50_000), VOCABULARY),
    "vocabulary-names-nothing": (content(VOCABULARY, lambda _: b"{}"), VOCABULARY),
}
OF_TFIDF: dict[str, tuple[Damage, str]] = {
    "idf-too-short": (numbers(idf=[1.0]), WEIGHTS),
    "idf-is-one-number": (numbers(idf=1.0), WEIGHTS),
    "idf-is-nan": (numbers(idf=[1.0, float("nan"), 1.0]), WEIGHTS),
    "idf-is-zero": (numbers(idf=[1.0, 0.0, 1.0]), WEIGHTS),
    "idf-is-negative": (numbers(idf=[1.0, -1.0, 1.0]), WEIGHTS),
    "idf-is-missing": (numbers(idf=None), WEIGHTS),
    "coefficients-too-long": (numbers(coefficients=[1.0] * 4), WEIGHTS),
    "coefficients-of-two-classes": (numbers(coefficients=np.ones((2, 3))), WEIGHTS),
    "coefficients-in-a-column": (numbers(coefficients=np.ones((3, 1))), WEIGHTS),
    "coefficient-is-infinite": (numbers(coefficients=[1.0, float("-inf"), 1.0]), WEIGHTS),
    "vocabulary-too-short": (names(vocabulary=["a"]), WEIGHTS),
    "vocabulary-of-numbers-among-the-weights": (
        lambda files: names(vocabulary=None)(numbers(vocabulary=[1.0, 2.0, 3.0])(files)),
        VOCABULARY,
    ),
    "word-is-there-twice": (names(vocabulary=["a", "b", "a"]), VOCABULARY),
    "weights-of-the-other-recipe": (lambda _: ADDITIVE, VOCABULARY),
}
OF_ADDITIVE: dict[str, tuple[Damage, str]] = {
    "phrase-weights-too-short": (numbers(phrase_weights=[1.0]), WEIGHTS),
    "ngram-weights-too-long": (numbers(ngram_weights=[1.0] * 3), WEIGHTS),
    "phrase-is-there-twice": (names(phrases=["a", "a"]), VOCABULARY),
    "ngram-is-there-twice": (names(ngrams=[" a", " a"]), VOCABULARY),
    "ngram-too-short": (names(ngrams=[" a", "a"]), VOCABULARY),
    "ngram-too-long": (names(ngrams=[" a", "abcdef"]), VOCABULARY),
    "ngram-is-empty": (names(ngrams=[" a", ""]), VOCABULARY),
    "ngrams-are-missing": (names(ngrams=None), VOCABULARY),
    "style-of-another-version": (names(style_features=[*FEATURES[:-1], "mood"]), VOCABULARY),
    "style-in-another-order": (names(style_features=FEATURES[::-1]), VOCABULARY),
    "style-means-too-short": (numbers(style_means=[0.0]), WEIGHTS),
    "style-weights-too-short": (numbers(style_weights=[0.0]), WEIGHTS),
    "style-scale-is-zero": (numbers(style_scales=[*[1.0] * (len(FEATURES) - 1), 0.0]), WEIGHTS),
    "style-scale-is-negative": (numbers(style_scales=-np.ones(len(FEATURES))), WEIGHTS),
    "style-scales-too-short": (numbers(style_scales=[1.0]), WEIGHTS),
    "style-limit-is-zero": (numbers(style_limit=0.0), WEIGHTS),
    "style-limit-is-nan": (numbers(style_limit=float("nan")), WEIGHTS),
    "style-limits-are-many": (numbers(style_limit=np.ones(len(FEATURES))), WEIGHTS),
    "power-is-negative": (numbers(power=-0.1), WEIGHTS),
    "power-above-one": (numbers(power=1.1), WEIGHTS),
    "powers-are-two": (numbers(power=[0.5, 0.5]), WEIGHTS),
    "weights-of-the-other-recipe": (lambda _: TFIDF, VOCABULARY),
}
NO_DAMAGE = OF_EITHER.pop("intercept-is-a-name")[0]


def cases() -> list[Any]:
    return [
        pytest.param(kind, damage(dict(files)), named, id=f"{recipe}-{name}")
        for recipe, kind, files, damages in (
            ("tfidf", TfidfWeights, TFIDF, OF_EITHER | OF_TFIDF),
            ("additive", AdditiveWeights, ADDITIVE, OF_EITHER | OF_ADDITIVE),
        )
        for name, (damage, named) in damages.items()
    ]


def assert_same(found: Weights, written: Weights) -> None:
    assert type(found) is type(written)
    for name, value in msgspec.structs.asdict(written).items():
        same = getattr(found, name)
        assert type(same) is type(value)
        assert np.array_equal(same, value)


def test_weights_come_back_as_they_were_written(recipe: str, weights: Weights) -> None:
    assert_same(parse(KINDS[recipe], files_of(weights)), weights)


def test_weights_that_came_back_have_the_same_bytes(recipe: str, weights: Weights) -> None:
    files = files_of(weights)
    assert files_of(parse(KINDS[recipe], files)) == files
    assert files_of(weights) == files, "whenever they are written"


def test_weights_of_nothing_come_back() -> None:
    for weights in (make_tfidf({}), make_additive()):
        assert_same(parse(type(weights), files_of(weights)), weights)


@pytest.mark.parametrize("power", [0.0, 1.0])
def test_powers_at_the_edges_come_back(power: float) -> None:
    weights = make_additive(power=power)
    assert_same(parse(AdditiveWeights, files_of(weights)), weights)


def test_what_nobody_asks_for_is_passed_over() -> None:
    extended = NO_DAMAGE(numbers(more=[1.0])(names(more=["a"])(TFIDF)))
    assert_same(parse(TfidfWeights, extended), parse(TfidfWeights, TFIDF))


@pytest.mark.parametrize(("kind", "files", "named"), cases())
def test_what_makes_no_sense_is_refused_with_the_file(
    kind: type[TfidfWeights] | type[AdditiveWeights], files: Files, named: str
) -> None:
    with pytest.raises(WeightsUnreadableError) as caught:
        parse(kind, files)
    assert caught.value.name == named
    assert str(caught.value).startswith(f"{named}: {caught.value.reason}")


def test_as_many_characters_as_there_are_numbers_for_are_accepted() -> None:
    characters = [chr(0x4E00 + place) for place in range(MOST_CHARACTERS + 1)]
    fits = make_additive(ngrams={a + b: 1.0 for a, b in pairwise(characters[:-1])})
    assert_same(parse(AdditiveWeights, files_of(fits)), fits)
    beyond = make_additive(ngrams={a + b: 1.0 for a, b in pairwise(characters)})
    with pytest.raises(WeightsUnreadableError, match=f"{VOCABULARY}.*{MOST_CHARACTERS} characters"):
        parse(AdditiveWeights, files_of(beyond))


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed], ids=["plain", "compressed"])
@pytest.mark.parametrize("name", [WEIGHTS, VOCABULARY])
def test_changed_bytes_are_read_or_refused_but_never_crash(name: str, save: Callable[..., None]) -> None:
    chance = random.Random(5)
    files = {**ADDITIVE, WEIGHTS: saved(arrays_of(ADDITIVE), save)}
    refused = 0
    for _ in range(500):
        changed = bytearray(files[name])
        for _ in range(chance.randint(1, 4)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        try:
            parse(AdditiveWeights, {**files, name: bytes(changed)})
        except WeightsUnreadableError as error:
            refused += 1
            assert error.name in {WEIGHTS, VOCABULARY}
    assert refused > 250
