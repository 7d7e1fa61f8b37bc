"""Whether the cluster can be connected to, step by step: from one look, told as a check for each step."""

import asyncio
from collections.abc import Iterator
from functools import cached_property

from modstream.doctor.findings import Check, Finding, Status
from streams.connecting import first_fault
from streams.connection_faults import Fault, Step
from streams.errors import KafkaCredentialsError
from streams.kafka_cluster import Cluster

ADDRESS, TLS, KAFKA, SASL = "address", "tls", "kafka", "sasl"

STEPS: dict[str, tuple[Step, ...]] = {
    ADDRESS: (Step.NAME, Step.PORT),
    TLS: (Step.TLS,),
    KAFKA: (Step.KAFKA,),
    SASL: (Step.SASL,),
}

ADVICE = {
    ADDRESS: "set MOD_KAFKA_BOOTSTRAP to a broker's host:port, or start one with 'modstream kafka up'",
    KAFKA: "see whether the broker runs and has started: its log tells",
}
"""Beyond what the sentence itself says."""


class Connection:
    """One look at a cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def checks(self, needs: tuple[str, ...]) -> Iterator[Check]:
        """Yield a check for each step; each needs the one before."""
        for name in STEPS:
            yield Check(name, lambda name=name: self.finding(name), needs)  # type: ignore[misc]
            needs = (*needs, name)

    def checks_after(self, found: Finding) -> Iterator[Check]:
        """Yield a check for each step where something is known to be wrong with the first."""
        first, *others = self.checks(())
        yield Check(first.name, lambda: found)
        yield from others

    def finding(self, name: str) -> Finding:
        """Return how one step is."""
        fault = self._fault
        if fault is not None and fault.step in STEPS[name]:
            return Finding(name, Status.FAILED, fault.sentence, ADVICE.get(name, ""))
        return Finding(name, Status.OK, self._well(name))

    @cached_property
    def _fault(self) -> Fault | None:
        try:
            return asyncio.run(first_fault(self._cluster))
        except KafkaCredentialsError as error:
            return Fault(Step.TLS if self._cluster.security.encrypts else Step.SASL, str(error))

    def _well(self, name: str) -> str:
        security = self._cluster.security
        return {
            ADDRESS: f"{self._cluster} can be reached",
            TLS: "encrypted, by a certificate that is trusted" if security.encrypts else "not asked for",
            KAFKA: "a broker answers",
            SASL: f"the broker takes us as {self._who}" if security.authenticates else "not asked for",
        }[name]

    @property
    def _who(self) -> str:
        security = self._cluster.security
        whose = "the token's owner" if security.has_token else security.username
        return f"{whose} ({security.mechanism})"
