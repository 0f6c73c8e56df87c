"""A made-up resource type and clients that reach nothing, to test the frame without an emulator."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.provider.cloudformation_judge import CloudFormationJudge
from sandbox.provider.ledger import Ledger
from sandbox.provider.resource_type import ApiShape, AutoName, Operation, ResourceType
from sandbox.provider.service import AwsProvider
from sandbox.provider.values import Properties

TOKEN = "aws:cloudwatch/logGroup:LogGroup"


@dataclass(frozen=True, kw_only=True)
class FakeClients:
    """`AwsClients` without AWS."""

    region: str = "eu-west-1"
    account_id: str = "111122223333"
    partition: str = "aws"
    dns_suffix: str = "amazonaws.com"
    region_description: str = "Europe (Ireland)"
    endpoint_url: str = "http://127.0.0.1:1"

    @property
    def caller_identity(self) -> dict[str, str]:
        return {"Account": self.account_id, "Arn": f"arn:aws:iam::{self.account_id}:root", "UserId": self.account_id}

    def client(self, service: str) -> Any:
        raise AssertionError(f"a fake resource type asked for {service}")


@dataclass(kw_only=True)
class FakeThings:
    """A store of log groups that never were, with a resource type on it; `fail` is called at the named step."""

    things: dict[str, Properties] = field(default_factory=dict)
    operations: list[tuple[str, Operation]] = field(default_factory=list)
    failures: dict[str, Callable[[], Exception]] = field(default_factory=dict)

    def table(self, **changes: Any) -> ResourceType:
        settings: dict[str, Any] = {
            "token": TOKEN,
            "create": self._create,
            "read": self._read,
            "update": self._update,
            "delete": self._delete,
            "replaces": frozenset({"name"}),
            "defaults": {"skipDestroy": False},
            "auto_name": AutoName(maximum_length=512),
            "write_only": frozenset({"skipDestroy"}),
            "api": ApiShape(service="logs", operation="CreateLogGroup", members={"name": "logGroupName"}),
            **changes,
        }
        return ResourceType(**settings)

    def provider(self, ledger: Path, **changes: Any) -> AwsProvider:
        return AwsProvider(
            resource_types={TOKEN: self.table(**changes)},
            invokes={},
            clients_for=lambda region: FakeClients(region=region),
            ledger=Ledger(path=ledger),
            judge=CloudFormationJudge(type_names=frozenset()),
        )

    def _create(self, operation: Operation) -> str:
        self._step("create", operation)
        name = str(operation.inputs["name"])
        self.things[name] = {**operation.inputs, "tagsAll": dict(operation.tags)}
        operation.created(name)
        self._step("after create", operation)
        return name

    def _read(self, operation: Operation) -> Properties | None:
        self._step("read", operation)
        thing = self.things.get(operation.id)
        if thing is None:
            return None
        names = {"name", "retentionInDays", "kmsKeyId", "tagsAll"}
        return {"arn": f"arn:{operation.id}", **{name: value for name, value in thing.items() if name in names}}

    def _update(self, operation: Operation) -> None:
        self._step("update", operation)
        self.things[operation.id] = {**operation.inputs, "tagsAll": dict(operation.tags)}

    def _delete(self, operation: Operation) -> None:
        self._step("delete", operation)
        del self.things[operation.id]

    def _step(self, name: str, operation: Operation) -> None:
        self.operations.append((name, operation))
        if name in self.failures:
            error = self.failures[name]()
            raise error
