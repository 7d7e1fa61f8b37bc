"""The whole report: one file, whole and safe whatever is in it."""

import re
import stat
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest

from model_service.bundle import TALK
from model_service.scorer import Scorer
from tests.training.report.told import make_manifest, make_standing, make_told
from training import talk
from training.crossing import folds_of, out_of_fold
from training.errors import ReportUnwritableError
from training.recipes import RECIPES
from training.report import summary, writing
from training.report.drawing import VARIABLES
from training.report.page import flat, page, threshold_rows
from training.report.quality import quality
from training.report.writing import write_report
from training.sample import generate

EVIL = '<script>alert("x")</script>'
VOID = {"meta", "link", "br", "img", "hr", "input"}


class Reader(HTMLParser):
    """Notes the elements of a page, and whether each that is opened is closed."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(content)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def values(self, name: str) -> list[str]:
        return [value for _, attributes in self.seen if (value := attributes.get(name)) is not None]


@pytest.fixture(scope="module")
def usual() -> str:
    return page(make_told())


def pictures(content: str) -> list[ElementTree.Element]:
    return [ElementTree.fromstring(each) for each in re.findall(r"<svg .*?</svg>", content, re.DOTALL)]


def test_page_is_whole(usual: str) -> None:
    reader = Reader(usual)
    assert usual.startswith("<!DOCTYPE html>")
    assert reader.open == []
    assert [tag for tag, _ in reader.seen].count("html") == 1
    assert {"script", "link", "iframe", "img"}.isdisjoint(tag for tag, _ in reader.seen)


def test_nothing_leads_outside(usual: str) -> None:
    assert "http" not in usual and "url(" not in re.sub(r"url\(#[\w-]+\)", "", usual)
    assert all(each.startswith("#") for each in Reader(usual).values("href") + Reader(usual).values("src"))


def test_ids_are_unique_and_every_reference_finds_its_own(usual: str) -> None:
    reader = Reader(usual)
    ids = reader.values("id")
    assert len(ids) == len(set(ids))
    inside = re.findall(r"url\(#([\w-]+)\)", usual) + [
        each.removeprefix("#") for each in reader.values("href")
    ]
    assert set(inside) <= set(ids)


def test_every_picture_is_well_formed_and_says_what_it_shows(usual: str) -> None:
    found = pictures(usual)
    assert len(found) == 10
    for picture in found:
        assert picture.get("role") == "img"
        assert len(picture.get("aria-label", "")) > 30
        texts = ["".join(each.itertext()) for each in picture.iter("text")]
        assert len(texts) > 4
        assert picture.find("metadata") is None and picture.find(".//style") is None


def test_every_colour_is_one_of_the_pages_own(usual: str) -> None:
    for picture in pictures(usual):
        styles = " ".join(each.get("style", "") for each in picture.iter())
        assert set(re.findall(r"var\((--\w+)\)", styles)) <= set(VARIABLES.values())
        assert re.findall(r"#[0-9a-f]{6}", styles) == []
    assert all(f"{each}:" in usual for each in VARIABLES.values())


def test_same_facts_give_the_same_bytes_whatever_the_users_style(usual: str) -> None:
    with matplotlib.rc_context({"font.size": 20, "svg.fonttype": "path", "axes.facecolor": "red"}):
        assert page(make_told()) == usual


def test_no_comment_is_quoted_where_none_may_be(usual: str) -> None:
    sentences = [each for text in make_told().texts for each in re.findall(r"[\w ]{20,}", text)]
    assert len(sentences) > 100
    assert [each for each in sentences if each in usual] == []


def test_whatever_comes_from_outside_is_escaped() -> None:
    nasty = f"{EVIL} $x^2$ & \x00\u202e\ud800 日本"
    told = make_told(
        ids=[f"{nasty}{number}" for number in range(200)],
        texts=[nasty] * 200,
        model_version=EVIL,
        manifest=make_manifest(
            recipe=EVIL,
            parameters={EVIL: {EVIL: EVIL}},
            libraries={EVIL: EVIL},
            thresholds={"balanced": 0.5, EVIL: 0.4},
        ),
        leaderboard=[make_standing(nasty, chosen=True)],
        strongest=[(nasty, 1.0), (nasty, -1.0)],
        command=EVIL,
        show_texts=True,
    )
    content = page(told)
    content.encode()
    reader = Reader(content)
    assert "script" not in {tag for tag, _ in reader.seen}
    assert reader.open == []
    assert content.count("&lt;script&gt;") > 20  # the comments' texts among them
    assert len(pictures(content)) == 10
    assert "\x00" not in content and "\u202e" not in content


def test_report_of_a_model_without_an_opinion_is_whole() -> None:
    told = make_told(
        30,
        probabilities=np.full(30, 0.5),
        talk=np.ones(30),
        fold=np.arange(30),
        texts=[""] * 30,
        score=lambda texts: np.ones(len(texts)),
        leaderboard=[],
        learning_curve=[],
        strongest=[],
        duplicates=[],
    )
    content = page(told)
    assert Reader(content).open == []
    assert len(pictures(content)) == 5
    assert "nan" not in content
    for sentence in ("No other recipes were compared", "Not measured", "No comments are nearly the same"):
        assert sentence in content


def test_report_of_two_comments_is_whole() -> None:
    told = make_told(
        2,
        removed=np.array([True, False]),
        fold=np.zeros(2, dtype=np.int64),
        duplicates=[[0, 1]],
        manifest=make_manifest(thresholds={}, parameters={}, libraries={}),
    )
    content = page(told)
    assert Reader(content).open == []
    assert len(pictures(content)) == 10


def test_report_of_the_talks_recipe_is_written_whole(tmp_path: Path) -> None:
    comments = list(generate(600, 1))
    texts, removed = [each.body for each in comments], [each.removed for each in comments]
    crossed = out_of_fold(RECIPES[TALK], texts, removed, folds_of(removed, 2, 1), 1)
    weights = talk.fit(talk.read(texts), removed, 1).weights
    scorer = Scorer(weights)
    told = make_told(
        600,
        probabilities=crossed.probabilities,
        talk=crossed.probabilities,
        fold=crossed.fold,
        strongest=list(zip(weights.vocabulary, weights.coefficients.tolist(), strict=True)),
        score=lambda some: scorer.score(some).removed,
        show_texts=True,
    )
    write_report(tmp_path / "report.html", told)
    content = (tmp_path / "report.html").read_bytes()
    assert len(content) < 300_000  # more comments hardly make it larger
    assert b"both columns say the same" in content


INTERVALS = {
    "roc_auc": [0.771, 0.829],
    "average_precision": (0.552, 0.648),
    "expected_calibration_error": [0.021, 0.055],
}


def test_figures_of_the_summary_have_the_manifests_intervals() -> None:
    measured = {"cross_validation": {"folds": 5, "intervals": INTERVALS}}
    content = page(make_told(manifest=make_manifest(metrics=measured)))
    head = content[content.index('<section id="summary">') : content.index('<section id="card">')]
    assert re.findall(r"<small>\((.*?)\)</small>", head) == ["0.771–0.829", "0.552–0.648", "0.021–0.055"]
    assert "leans upward" in head


@pytest.mark.parametrize(
    "metrics",
    [{}, {"cross_validation": {"roc_auc": 0.8}}, {"cross_validation": {"intervals": {}}}],
    ids=["nothing-measured", "no-intervals", "no-interval-of-these"],
)
def test_summary_without_intervals_says_nothing_of_them(usual: str, metrics: dict[str, Any]) -> None:
    told = make_told(manifest=make_manifest(metrics=metrics))
    lines = summary.lines(told, *[quality(told.removed, told.probabilities, told.fold)] * 2)
    assert {line.interval for line in lines} == {""}
    assert "leans upward" not in usual


def test_words_that_the_model_does_not_know_are_told_of_where_there_are_some(usual: str) -> None:
    sentence = "Words that the model does not know share one shift"
    assert sentence in page(make_told(score=lambda texts: np.full(len(texts), 0.3)))
    known = page(make_told(score=lambda texts: np.linspace(0.2, 0.4, len(texts))))
    assert sentence not in known and "Unknown to it" not in known
    assert (sentence in usual) == ("Unknown to it" in usual)


def test_model_card_warns_of_comments_too_short_to_read(usual: str) -> None:
    limits = usual[usual.index("<h3>Limits</h3>") : usual.index("<h3>Ethical considerations</h3>")]
    assert "What is too short to read has its probability from being short" in limits


def test_model_card_tells_how_to_rebuild(usual: str) -> None:
    assert f"<pre><code>{make_told().command}</code></pre>" in usual


def test_thresholds_with_names_stand_among_the_usual_ones() -> None:
    rows = threshold_rows(make_told(manifest=make_manifest(thresholds={"default": 0.5, "balanced": 0.45})))
    assert [choice.threshold for _, choice in rows] == [0.1, 0.2, 0.3, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9]
    assert {choice.threshold: name for name, choice in rows if name} == {0.45: "balanced", 0.5: "default"}


def test_parameters_are_told_level_by_level() -> None:
    assert list(flat({"b": {"d": [1, 2], "c": None}, "a": 1})) == [
        ("a", "1"),
        ("b.c", "None"),
        ("b.d", "[1, 2]"),
    ]


def test_report_replaces_an_earlier_one_and_leaves_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "page", lambda told: "new")
    file = tmp_path / "deep" / "report.html"
    for _ in range(2):
        write_report(file, make_told(5))
        assert file.read_text("utf-8") == "new"
        file.write_text("old")
    assert list(file.parent.iterdir()) == [file]
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


def test_report_that_cannot_be_written_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "page", lambda told: "new")
    (tmp_path / "report.html").mkdir()
    with pytest.raises(ReportUnwritableError, match=r"cannot write the report to .*: Is a directory"):
        write_report(tmp_path / "report.html", make_told(5))
    assert list(tmp_path.iterdir()) == [tmp_path / "report.html"]
