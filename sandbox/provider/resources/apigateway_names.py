"""What API Gateway's resources are called: ARNs, import ids, and names that AWS checks by a rule of its own.

The formats are those of the official provider (terraform-provider-aws `internal/service/apigateway`) and of AWS's API
reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, cast

from sandbox.provider.aws_clients import AwsClients
from sandbox.provider.resource_type import Imported, Problem
from sandbox.provider.values import UNKNOWN

HTTP_METHODS: Final = ("ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
"""What a method can be for (API reference, PutMethod)."""

LONGEST_NAME: Final = 255
"""Automatic names: the official provider allows 255 characters (pulumi-aws, `SetAutonaming(255, "-")`)."""


def control_arn(clients: AwsClients, path: str) -> str:
    """The ARN of something that API Gateway keeps (`/restapis/abc/stages/prod`); such ARNs have no account."""
    return f"arn:{clients.partition}:apigateway:{clients.region}::{path}"


def execute_arn(clients: AwsClients, path: str) -> str:
    """The ARN under which something can be invoked (`abc/prod`)."""
    return f"arn:{clients.partition}:execute-api:{clients.region}:{clients.account_id}:{path}"


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC to the second, as the official provider writes dates."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def import_parts(
    form: str, names: tuple[str, ...], identifier: Callable[[Mapping[str, str]], str], *, rest: bool = False
) -> Callable[[str], Imported]:
    """A parser of import ids such as `REST-API-ID/RESOURCE-ID`: the parts by input name, and the id made of them.

    With `rest` the last part may contain slashes itself.
    """

    def parse(text: str) -> Imported:
        parts = text.split("/", len(names) - 1) if rest else text.split("/")
        if len(parts) != len(names) or not all(parts):
            raise ValueError(f"{text!r} must be {form}")
        by_name = dict(zip(names, parts, strict=True))
        kept = {name: part for name, part in by_name.items() if name != "id"}
        return Imported(id=identifier(by_name), inputs=kept)

    return parse


def allowed(inputs: Mapping[str, Any], name: str, values: Iterable[str]) -> Iterator[Problem]:
    """A problem unless the input is one of these values, absent or not known yet."""
    value = inputs.get(name)
    choices = list(values)
    if value is not None and value is not UNKNOWN and value not in choices:
        yield Problem(path=(name,), message=f"{value!r} is not one of {', '.join(choices)}")


def matching(inputs: Mapping[str, Any], name: str, pattern: re.Pattern[str], meaning: str) -> Iterator[Problem]:
    """A problem unless the whole text matches; `meaning` says in words what is allowed."""
    value = inputs.get(name)
    if isinstance(value, str) and pattern.fullmatch(value) is None:
        yield Problem(path=(name,), message=f"{value!r} is not {meaning}")


def matching_keys(inputs: Mapping[str, Any], name: str, pattern: re.Pattern[str], meaning: str) -> Iterator[Problem]:
    """A problem for each key of a map that does not match."""
    entries = inputs.get(name)
    if isinstance(entries, Mapping):
        for key in cast("Mapping[str, Any]", entries):
            if pattern.fullmatch(key) is None:
                yield Problem(path=(name, key), message=f"{key!r} is not {meaning}")


def within(inputs: Mapping[str, Any], name: str, minimum: float, maximum: float, unit: str) -> Iterator[Problem]:
    """A problem unless the number lies between both, which are allowed themselves."""
    value = inputs.get(name)
    if isinstance(value, (int, float)) and not minimum <= value <= maximum:
        yield Problem(path=(name,), message=f"{value} is not between {minimum} and {maximum} {unit}")
