"""The account against a plain recount: lists and loops over the same records, all kept in memory."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from modstream.verify.accounts import Accounts, Position
from modstream.verify.outputs import Forecast, Rejected, Source, Warned

TOPIC = "reddit_stream"
THRESHOLD = 0.5
PARTITIONS = 2
START, SCOPE, KNOWN = 1, 4, 5

Record = tuple[Position, Forecast | Rejected | Warned]

sources = st.builds(
    Source,
    st.sampled_from([TOPIC, TOPIC, TOPIC, "another"]),
    st.integers(0, PARTITIONS),
    st.integers(0, KNOWN + 1),
)
contents = st.sampled_from([1, 1, 1, 2])
forecasts = st.builds(Forecast, sources, st.just("c"), st.sampled_from([0.1, THRESHOLD, 0.9, 0.9]), contents)
rejections = st.builds(Rejected, sources, st.just("c"), contents)
warnings = st.builds(Warned, sources, st.just("c"), st.sampled_from([True, True, False]), contents, contents)
anything = st.one_of(forecasts, forecasts, rejections, warnings)
outputs = st.lists(st.tuples(st.integers(0, 9), anything), max_size=60)
inputs = st.sets(st.tuples(st.integers(0, PARTITIONS - 1), st.integers(START, SCOPE - 1)))


def placed(drawn: list[tuple[int, Forecast | Rejected | Warned]]) -> list[Record]:
    """Return the outputs with coordinates; one in ten is on another partition than its source."""
    return [
        (Position(type(output).__name__, output.source.partition + (where == 0), offset), output)
        for offset, (where, output) in enumerate(drawn)
    ]


def recount(inputs: set[tuple[int, int]], records: list[Record]) -> dict[str, int]:
    exists = [
        (at, output)
        for at, output in records
        if output.source.topic == TOPIC
        and output.source.partition < PARTITIONS
        and output.source.offset < KNOWN
    ]
    alive = [(at, output) for at, output in exists if output.source.offset >= START]
    by_source: dict[tuple[int, int], list[Record]] = defaultdict(list)
    for at, output in alive:
        by_source[output.source.partition, output.source.offset].append((at, output))

    count: dict[str, int] = defaultdict(int)
    count["inputs"] = len(inputs)
    count["orphaned"] = len(records) - len(exists)
    count["expired"] = len(exists) - len(alive)
    count["misplaced"] = sum(at.partition != output.source.partition for at, output in alive)
    count["out_of_order"] = recount_disorder(alive)
    for source, told in by_source.items():
        mine = [output for _, output in told]
        count["redelivered"] += recount_repetitions(mine)
        count["conflicting"] += contradict(mine)
        count["orphaned"] += source not in inputs and source[1] < SCOPE
    for source in inputs:
        for name, holds in standing([output for _, output in by_source[source]]).items():
            count[name] += holds
    return count


def outcomes_of(mine: list[Forecast | Rejected | Warned]) -> list[Forecast | Rejected]:
    return [each for each in mine if not isinstance(each, Warned)]


def recount_repetitions(mine: list[Forecast | Rejected | Warned]) -> int:
    outcomes = outcomes_of(mine)
    repeated = 0
    for place, each in enumerate(outcomes):
        earlier = outcomes[:place]
        same_kind = all(type(other) is type(each) for other in earlier)
        repeated += bool(earlier) and same_kind and earlier[0].content == each.content
    alerts = [each for each in mine if isinstance(each, Warned)]
    return repeated + sum(each.content == alerts[0].content for each in alerts[1:])


def contradict(mine: list[Forecast | Rejected | Warned]) -> bool:
    outcomes = {(type(each), each.content) for each in outcomes_of(mine)}
    alerts = {each.content for each in mine if isinstance(each, Warned)}
    return len(outcomes) > 1 or len(alerts) > 1


def recount_disorder(alive: list[Record]) -> int:
    seen: set[tuple[str, Source]] = set()
    lines: dict[tuple[str, int], list[int]] = defaultdict(list)
    disorder = 0
    for at, output in alive:
        first = (at.topic, output.source) not in seen
        seen.add((at.topic, output.source))
        if first and at.partition == output.source.partition:
            line = lines[at.topic, at.partition]
            disorder += any(output.source.offset < earlier for earlier in line)
            line.append(output.source.offset)
    return disorder


def standing(mine: list[Forecast | Rejected | Warned]) -> dict[str, bool]:
    outcomes = outcomes_of(mine)
    predictions = [each for each in mine if isinstance(each, Forecast)]
    alerts = [each for each in mine if isinstance(each, Warned)]
    right = alerts and alerts[0].above and predictions and alerts[0].told == outcomes[0].content
    return {
        "predicted": bool(predictions),
        "dead_lettered": len(outcomes) > len(predictions),
        "missing": not outcomes,
        "alerts": bool(alerts),
        "alerts_missing": bool(predictions and predictions[0].probability > THRESHOLD and not alerts),
        "alerts_unexpected": bool(alerts) and not right,
    }


@given(inputs, outputs)
def test_the_verdict_equals_a_plain_recount(
    inputs: set[tuple[int, int]], drawn: list[tuple[int, Forecast | Rejected | Warned]]
) -> None:
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
    verdict = accounts.verdict()
    expected = recount(inputs, records)
    found = {name: getattr(verdict, name) for name in expected}
    assert found == dict(expected)
    assert verdict.malformed == 0
