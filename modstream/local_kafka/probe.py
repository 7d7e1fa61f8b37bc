"""Which ports are free, and whether a Kafka broker answers on one."""

import contextlib
import random
import socket
import struct
import sys

LOOPBACK = "127.0.0.1"

PORTS = range(20_000, 32_768)
"""Below those that systems give to outgoing connections, which could take one before its server does."""

API_VERSIONS = 18
"""The request every broker answers to every client, whatever their versions (KIP-511)."""


def is_free(port: int) -> bool:
    """Return whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        # As a server does it: a port that only waits out its last connections is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """Return a loopback port that nothing listens on, and that no other process gets from here.

    On Linux it stays this process's until it ends, used or not: a server may listen on it much later.
    """
    # Random, so that two which ask at the same moment rarely get the same where there are no claims.
    candidates = random.sample(PORTS, k=len(PORTS))
    for port in candidates:
        if is_free(port) and _claimed(port):
            return port
    raise OSError(f"no free port from {PORTS.start} to {PORTS.stop - 1}")


def _claimed(port: int) -> bool:
    """Claim a port among the processes that ask here; return whether it was free to be claimed."""
    if sys.platform != "linux":
        return True
    # A name in Linux's abstract namespace: no file, and gone with the process, however that ends.
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        claim.bind(f"\0modstream-port-{port}")
    except OSError:
        claim.close()
        return False
    claim.detach()  # never closed before the process is
    return True


def answers(host: str, port: int, timeout_s: float) -> bool:
    """Return whether a Kafka broker that serves requests is at an address.

    A broker accepts connections before it serves them, so a connection alone says nothing: this asks.

    Args:
        host: Name or address.
        port: Port of a listener without encryption.
        timeout_s: Time limit of each step, in seconds: connecting, and the answer.
    """
    body = struct.pack(">hhih", API_VERSIONS, 0, 1, -1)  # version 0, correlation id 1, no client id
    # UnicodeError: a name such as `a..b`, which no host can have.
    with (
        contextlib.suppress(OSError, UnicodeError),
        socket.create_connection((host, port), timeout_s) as connection,
    ):
        connection.sendall(struct.pack(">i", len(body)) + body)
        # The length of the answer, then our correlation id: another protocol's server would not know it.
        return connection.makefile("rb").read(8)[4:] == struct.pack(">i", 1)
    return False
