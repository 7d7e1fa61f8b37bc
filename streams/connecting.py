"""Whether a cluster can be connected to; if not, the first thing that is wrong and what to do about it.

Kafka's clients try again for ever and keep the reason to themselves, so this looks by itself, in this order:
1. the name, 2. the port, 3. encryption, 4. whether Kafka answers, 5. whether it takes who we are,
6. and whether an address that it names to its clients can be reached as well.
"""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from streams import connection_faults as faults
from streams.connection_faults import Fault, Step
from streams.errors import KafkaCredentialsError
from streams.kafka_cluster import Cluster
from streams.kafka_security import Security

LOOK_WITHIN_S = 5.0
CLOSED_WITHIN_S = 0.5

NO_KAFKA = (KafkaError, OSError, TimeoutError, ValueError, struct.error)
"""What aiokafka raises on a connection that was closed, or that brings anything but Kafka's answers."""

type Address = tuple[str, int]


async def first_fault(cluster: Cluster, within_s: float = LOOK_WITHIN_S) -> Fault | None:
    """Return what keeps clients from connecting to a cluster; None if one of its addresses is well.

    Args:
        cluster: Where to connect, and how.
        within_s: Time limit of each step, in seconds.

    Raises:
        KafkaCredentialsError: If a file with what it needs cannot be used.
    """
    options = cluster.for_aiokafka()
    del options["bootstrap_servers"]
    looks = [_Look(each, cluster.security, options, within_s) for each in cluster.addresses]
    tasks = [asyncio.create_task(each.fault()) for each in looks]
    found = []
    try:
        for task in asyncio.as_completed(tasks):
            fault = await task
            if fault is None:
                return None
            found.append(fault)
    finally:
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    furthest = max(found, key=lambda fault: fault.step)
    return furthest._replace(lasting=all(fault.lasting for fault in found))  # another address may yet come


class _FoundError(Exception):
    """A step that is not well ends the look."""

    def __init__(self, step: Step, sentence: str, *, lasting: bool = True) -> None:
        super().__init__(sentence)
        self.fault = Fault(step, sentence, lasting)


class _Look:
    """Looks at one address."""

    def __init__(
        self, address: Address, security: Security, options: dict[str, Any], within_s: float
    ) -> None:
        self._host, self._port = address
        self._security = security
        self._options = options
        self._within_s = within_s

    async def fault(self) -> Fault | None:
        """Return what is wrong here, or with every address that is named here."""
        if fault := await self.unreachable():  # 1. 2. 3.
            return fault
        try:
            named = await self._named()  # 4. 5.
        except _FoundError as error:
            return self._here(error.fault)
        return None if (self._host, self._port) in named else await self._all_unreachable(named)  # 6.

    async def unreachable(self) -> Fault | None:
        """Return what keeps a connection from being made here, without asking for Kafka."""
        try:
            await self._connect()
            if self._security.encrypts:
                await self._encrypt()
        except _FoundError as error:
            return self._here(error.fault)
        return None

    def _here(self, fault: Fault) -> Fault:
        return fault._replace(sentence=f"{self._host}:{self._port}: {fault.sentence}")

    async def _all_unreachable(self, others: list[Address]) -> Fault | None:
        looks = [_Look(each, self._security, self._options, self._within_s) for each in others]
        for found in (results := await asyncio.gather(*(each.unreachable() for each in looks))):
            if found is None:
                return None
        first = next((each for each in results if each is not None), None)
        return first and self._here(first._replace(sentence=f"{faults.ELSEWHERE}: {first.sentence}"))

    async def _connect(self) -> None:
        try:
            await self._open(None)
        except TimeoutError as error:
            raise _FoundError(Step.PORT, faults.no_connection(self._within_s), lasting=False) from error
        except (socket.gaierror, UnicodeError) as error:
            raise _FoundError(Step.NAME, faults.UNKNOWN_NAME, lasting=False) from error
        except OSError as error:
            raise _FoundError(Step.PORT, faults.NOTHING_LISTENS, lasting=False) from error

    async def _encrypt(self) -> None:
        try:
            await self._open(self._options["ssl_context"])
        except ssl.SSLCertVerificationError as error:
            told = faults.distrusted(error, self._host, self._security)
            raise _FoundError(Step.TLS, told) from error
        except (OSError, TimeoutError) as error:
            if (alert := _alert(error)) and "CERTIFICATE" in alert:  # in TLS 1.2 it comes so early
                raise _FoundError(Step.TLS, faults.client_distrusted(alert, self._security)) from error
            if await self._answers_in_clear():
                raise _FoundError(Step.TLS, faults.not_encrypted(self._security)) from error
            # A broker that only starts or stops, or something that is no broker.
            raise _FoundError(Step.TLS, faults.NO_BROKER, lasting=False) from error

    async def _named(self) -> list[Address]:
        """Return the addresses that Kafka names here."""
        try:
            async with self._speaking(self._options) as connection:
                return await self._brokers(connection)
        except KafkaCredentialsError:
            raise
        except IllegalSaslStateError as error:
            raise _FoundError(Step.SASL, faults.does_not_authenticate(self._security)) from error
        except UnsupportedSaslMechanismError as error:
            raise _FoundError(Step.SASL, faults.unknown_mechanism(self._security)) from error
        except SaslAuthenticationFailed as error:
            raise _FoundError(Step.SASL, faults.refused(self._security)) from error
        except TimeoutError as error:
            raise _FoundError(Step.KAFKA, faults.no_answer(self._within_s), lasting=False) from error
        except NO_KAFKA as error:
            raise await self._broken_off(error) from error

    async def _brokers(self, connection: AIOKafkaConnection) -> list[Address]:
        try:
            answer = await connection.send(MetadataRequest([], allow_auto_topic_creation=False))
        except KafkaConnectionError as error:
            if self._security.authenticates or _alert(error):
                raise
            raise _FoundError(Step.SASL, faults.authenticates(self._security)) from error
        brokers = [(host, port) for _, host, port, *_ in answer.brokers]
        if not brokers and self._security.has_token:
            raise SaslAuthenticationFailed  # aiokafka 0.14.0 does not look at what the broker says of a token
        return brokers

    async def _broken_off(self, error: Exception) -> _FoundError:
        """Return what it means that the connection ended before Kafka had answered."""
        if alert := _alert(error):
            return _FoundError(Step.TLS, faults.client_distrusted(alert, self._security))
        if self._security.has_token:
            return _FoundError(Step.SASL, faults.TOKEN_REFUSED)
        if not self._security.encrypts and await self._encrypts():
            return _FoundError(Step.TLS, faults.encrypted(self._security))
        return _FoundError(Step.KAFKA, faults.NO_BROKER, lasting=False)

    async def _open(self, context: ssl.SSLContext | None) -> None:
        async with asyncio.timeout(self._within_s):
            _, writer = await asyncio.open_connection(self._host, self._port, ssl=context)
        writer.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(CLOSED_WITHIN_S):
                await writer.wait_closed()

    async def _answers_in_clear(self) -> bool:
        with suppress(*NO_KAFKA):
            async with self._speaking({}):
                return True
        return False

    async def _encrypts(self) -> bool:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # it is only asked whether it would, and told nothing
        try:
            await self._open(context)
        except ssl.SSLError as error:
            return bool(_alert(error))  # who raises one speaks TLS
        except (OSError, TimeoutError):
            return False
        return True

    @asynccontextmanager
    async def _speaking(self, options: dict[str, Any]) -> AsyncIterator[AIOKafkaConnection]:
        """Yield a connection on which Kafka has answered, and has taken who we are."""
        timeout_ms = int(self._within_s * 1_000)
        connection = AIOKafkaConnection(self._host, self._port, request_timeout_ms=timeout_ms, **options)
        try:
            await connection.connect()
            yield connection
        finally:
            if closed := connection.close():
                await asyncio.wait({closed}, timeout=CLOSED_WITHIN_S)


def _alert(error: BaseException | None) -> str:
    """Return what the other side has said of our certificate before it closed the connection, if it has."""
    if isinstance(error, ssl.SSLError) and "ALERT" in (error.reason or ""):
        return str(error.reason)
    return "" if error is None else _alert(error.__cause__)
