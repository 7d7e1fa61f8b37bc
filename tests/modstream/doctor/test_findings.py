"""Checks follow one another, and what cannot be told is not looked at."""

from modstream.doctor.findings import Check, Finding, Status, examine


def check(name: str, status: Status, *needs: str) -> Check:
    return Check(name, lambda: Finding(name, status, "found"), needs)


def never() -> Finding:
    raise AssertionError


def test_what_needs_something_that_failed_is_skipped_and_says_what_that_was() -> None:
    checks = [
        check("a", Status.FAILED),
        Check("b", never, ("a",)),
        Check("c", never, ("b",)),
        check("d", Status.OK),
    ]
    assert list(examine(checks)) == [
        Finding("a", Status.FAILED, "found"),
        Finding("b", Status.SKIPPED, "needs a"),
        Finding("c", Status.SKIPPED, "needs b"),
        Finding("d", Status.OK, "found"),
    ]


def test_warning_stops_nothing() -> None:
    found = list(examine([check("a", Status.WARNING), check("b", Status.OK, "a")]))
    assert [each.status for each in found] == [Status.WARNING, Status.OK]
