"""The account against a plain recount: lists and loops over the same records, all kept in memory."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from modstream.verify.accounts import Accounts, Position
from modstream.verify.outputs import Forecast, Rejected, Source, Warned

TOPIC = "reddit_stream"
THRESHOLD = 0.5
PARTITIONS = 2
START, SCOPE, KNOWN = 1, 5, 6

Output = Forecast | Rejected | Warned
Record = tuple[Position, Output]

offsets = st.integers(0, KNOWN + 1)
places = st.tuples(st.integers(0, PARTITIONS - 1), st.integers(START, SCOPE - 1))
contents = st.sampled_from([1, 1, 1, 2])
probabilities = st.sampled_from([0.1, THRESHOLD, 0.9, 0.9])


@st.composite
def anything(draw: st.DrawFn) -> Output:
    """Return an output of a record, or of a later one that brings it back."""
    topic = draw(st.sampled_from([TOPIC, TOPIC, TOPIC, "another"]))
    offset = draw(offsets)
    source = Source(topic, draw(st.integers(0, PARTITIONS)), offset)
    again = draw(st.one_of(st.none(), st.integers(offset + 1, KNOWN + 2)))
    match draw(st.sampled_from([Forecast, Forecast, Rejected, Warned])):
        case kind if kind is Forecast:
            return Forecast(source, "c", draw(probabilities), draw(contents), again)
        case kind if kind is Rejected:
            return Rejected(source, "c", draw(contents), again)
    above = draw(st.sampled_from([True, True, False]))
    return Warned(source, "c", above, draw(contents), draw(contents), again)


outputs = st.lists(st.tuples(st.integers(0, 9), anything()), max_size=60)


def placed(drawn: list[tuple[int, Output]]) -> list[Record]:
    """Return the outputs with coordinates; one in ten is on another partition than its source."""
    return [
        (Position(type(output).__name__, output.source.partition + (where == 0), offset), output)
        for offset, (where, output) in enumerate(drawn)
    ]


def read_at(output: Output) -> int:
    return output.source.offset if output.resubmission is None else output.resubmission


def recount(
    inputs: set[tuple[int, int]], brought: set[tuple[int, int]], records: list[Record]
) -> dict[str, int]:
    exists = [
        (at, output)
        for at, output in records
        if output.source.topic == TOPIC and output.source.partition < PARTITIONS and read_at(output) < KNOWN
    ]
    alive = [(at, output) for at, output in exists if output.source.offset >= START]
    by_source: dict[tuple[int, int], list[Output]] = defaultdict(list)
    for _, output in alive:
        by_source[output.source.partition, output.source.offset].append(output)
    answered = {
        (output.source.partition, output.resubmission)
        for _, output in exists
        if output.resubmission is not None and START <= output.resubmission < SCOPE
    }
    named = {source for source in by_source if source[1] < SCOPE}

    count: dict[str, int] = defaultdict(int)
    count["inputs"] = len(inputs)
    count["resubmitted"] = len(brought)
    count["orphaned"] = len(records) - len(exists) + len((named - inputs) | (answered - brought))
    count["expired"] = len(exists) - len(alive)
    count["misplaced"] = sum(at.partition != output.source.partition for at, output in alive)
    count["out_of_order"] = recount_disorder(alive)
    count["missing"] = len(brought - answered)
    for mine in by_source.values():
        count["redelivered"] += recount_repetitions(mine)
        count["conflicting"] += contradict(mine)
    for source in inputs:
        for name, holds in standing(by_source[source]).items():
            count[name] += holds
    return count


def of_kind[Kind: Output](mine: list[Output], kind: type[Kind]) -> list[Kind]:
    return [each for each in mine if isinstance(each, kind)]


def at_first[Kind: Output](mine: list[Kind]) -> list[Kind]:
    return [each for each in mine if each.resubmission is None]


def recount_repetitions(mine: list[Output]) -> int:
    letters = of_kind(mine, Rejected)
    repeated = sum(each.resubmission is not None for each in letters[1:])
    same: tuple[list[Output], ...] = (
        [*of_kind(mine, Forecast)],
        [*at_first(letters)],
        [*of_kind(mine, Warned)],
    )
    return repeated + sum(each.content == kind[0].content for kind in same for each in kind[1:])


def contradict(mine: list[Output]) -> bool:
    forecasts, letters, alerts = of_kind(mine, Forecast), of_kind(mine, Rejected), of_kind(mine, Warned)
    same: tuple[list[Output], ...] = ([*forecasts], [*at_first(letters)], [*alerts])
    unlike = any(len({each.content for each in kind}) > 1 for kind in same)
    return unlike or bool(at_first(forecasts) and letters)


def recount_disorder(alive: list[Record]) -> int:
    seen: set[tuple[str, Source]] = set()
    lines: dict[tuple[str, int], list[int]] = defaultdict(list)
    disorder = 0
    for at, output in alive:
        first = (at.topic, output.source) not in seen
        if output.resubmission is None or isinstance(output, Warned):
            seen.add((at.topic, output.source))
        if first and output.resubmission is None and at.partition == output.source.partition:
            line = lines[at.topic, at.partition]
            disorder += any(output.source.offset < earlier for earlier in line)
            line.append(output.source.offset)
    return disorder


def standing(mine: list[Output]) -> dict[str, bool]:
    forecasts, letters, alerts = of_kind(mine, Forecast), of_kind(mine, Rejected), of_kind(mine, Warned)
    predicted, rejected = bool(at_first(forecasts)), bool(at_first(letters))
    recovered = rejected and bool(forecasts) and not predicted
    right = alerts and alerts[0].above and forecasts and alerts[0].told == forecasts[0].content
    return {
        "predicted": predicted or recovered,
        "recovered": recovered,
        "dead_lettered": rejected and not recovered,
        "missing": not predicted and not rejected,
        "alerts": bool(alerts),
        "alerts_missing": bool(forecasts and forecasts[0].probability > THRESHOLD and not alerts),
        "alerts_unexpected": bool(alerts) and not right,
    }


@given(st.sets(places), st.sets(places), outputs)
def test_the_verdict_equals_a_plain_recount(
    inputs: set[tuple[int, int]], brought: set[tuple[int, int]], drawn: list[tuple[int, Output]]
) -> None:
    brought = brought - inputs
    records = placed(drawn)
    accounts = Accounts(TOPIC, THRESHOLD)
    for partition in range(PARTITIONS):
        accounts.open_partition(partition, START)
        accounts.account_until(partition, SCOPE)
        accounts.known_until(partition, KNOWN)
    for at, output in records:
        match output:
            case Forecast():
                accounts.observe_prediction(at, output)
            case Rejected():
                accounts.observe_dead_letter(at, output)
            case Warned():
                accounts.observe_alert(at, output)
    for partition, offset in inputs:
        accounts.observe_input(partition, offset)
    for partition, offset in brought:
        accounts.observe_resubmission(partition, offset)
    verdict = accounts.verdict()
    expected = recount(inputs, brought, records)
    found = {name: getattr(verdict, name) for name in expected}
    assert found == dict(expected)
