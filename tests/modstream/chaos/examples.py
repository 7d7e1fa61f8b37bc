"""Samples, faults and findings for tests; a test spells out what matters to it."""

from typing import Any

from modstream.chaos.plan import Plan
from modstream.chaos.report import Found
from modstream.chaos.schedule import Fault, Kind
from modstream.chaos.timeline import Carried
from modstream.chaos.watching import MemorySample, Sample
from modstream.verify import Verdict


def make_sample(at_s: float, inputs: int = 100, outputs: int = 0, committed: int | None = None) -> Sample:
    """Return a sample of a topic with one partition."""
    return Sample(at_s, (inputs,), (outputs,), (outputs if committed is None else committed,))


def make_carried(
    kind: Kind = Kind.KILL,
    target: str = "worker-1",
    began_s: float | None = 1.0,
    ended_s: float | None = 2.0,
    for_s: float = 1.0,
) -> Carried:
    carried = Carried(Fault(began_s or 0.0, kind, target, for_s))
    carried.began_s, carried.ended_s = began_s, ended_s
    return carried


def make_verdict(**changes: Any) -> Verdict:
    counts = {name: 0 for name in Verdict.__struct_fields__ if name not in ("offenders", "ok")}
    return Verdict(
        **{
            **counts,
            "inputs": 100,
            "predicted": 100,
            "offenders": (),
            "ok": True,
            "windows_checked": True,
            **changes,
        }
    )


def make_plan(**changes: Any) -> Plan:
    plan: dict[str, Any] = {
        "scenario": "random",
        "seed": 7,
        "comments": 100,
        "per_s": 10.0,
        "seconds": 10.0,
        "workers": 2,
        "faults": (),
        "recovers_within_s": None,
    }
    return Plan(**{**plan, **changes})


def make_found(**changes: Any) -> Found:
    found: dict[str, Any] = {
        "plan": make_plan(),
        "partitions": 4,
        "batch_size": 10,
        "carried": [make_carried()],
        "moments": [],
        "samples": [make_sample(at, outputs=int(at * 10)) for at in (0.0, 1.0, 2.0, 3.0, 10.0)],
        "memory": [MemorySample(0.0, {"worker-1": 50}), MemorySample(9.0, {"worker-1": 60})],
        "kills": {"worker": 1},
        "forced": {},
        "ended_by_themselves": {},
        "confirmed": 100,
        "bad_records": 0,
        "repeated": 0,
        "sent_s": 9.0,
        "drained_s": 10.0,
        "verdict": make_verdict(),
        "seconds": 11.0,
    }
    return Found(**{**found, **changes})
