"""The `kafka-acls` commands of docs/security.md, applied to a broker as they stand there."""

import re
import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    ResourcePattern,
    ResourceType,
)

from streams.kafka_cluster import Cluster

PAGE = Path(__file__).parents[2] / "docs" / "security.md"


def documented() -> list[str]:
    """Return the commands of the page."""
    return re.findall(r"^kafka-acls .*$", PAGE.read_text("utf-8"), re.MULTILINE)


def apply(commands: Iterable[str], cluster: Cluster, prefix: str) -> None:
    """Do what the commands say, for topics and groups whose names begin with a prefix."""
    rights = [right for command in commands for right in _rights(_parsed(command), prefix)]
    with KafkaAdminClient(**cluster.for_kafka_python()) as admin:
        answer = admin.create_acls(rights)
    assert len(answer["succeeded"]) == len(rights), answer["failed"]


def _parsed(command: str) -> Namespace:
    parser = ArgumentParser(allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--add", action="store_true", required=True)
    parser.add_argument("--allow-principal", required=True)
    parser.add_argument("--resource-pattern-type", choices=["literal", "prefixed"], default="literal")
    for each in ("--operation", "--topic", "--group"):
        parser.add_argument(each, action="append", default=[])
    return parser.parse_args(shlex.split(command.removeprefix("kafka-acls $KAFKA ")))


def _rights(command: Namespace, prefix: str) -> Iterator[ACL]:
    resources = [
        *((ResourceType.TOPIC, name) for name in command.topic),
        *((ResourceType.GROUP, name) for name in command.group),
    ]
    assert resources
    assert command.operation
    pattern = ACLResourcePatternType[command.resource_pattern_type.upper()]
    for (kind, name), operation in product(resources, command.operation):
        yield ACL(
            principal=command.allow_principal,
            host="*",
            operation=ACLOperation[re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).upper()],
            permission_type=ACLPermissionType.ALLOW,
            resource_pattern=ResourcePattern(kind, f"{prefix}{name}", pattern),
        )
