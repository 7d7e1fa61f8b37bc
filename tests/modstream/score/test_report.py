from pathlib import Path

from modstream.score.report import lines
from tests.modstream.score.examples import make_job, score, write_comments


def test_the_rate_says_what_its_time_includes(tmp_path: Path) -> None:
    report = score(make_job(tmp_path, write_comments(tmp_path / "comments.ndjson", 60)))
    (told,) = (each for each in lines(report) if "comments a second" in each)
    assert told.endswith(f"({report.rate:,.0f} comments a second, start-up included)")
