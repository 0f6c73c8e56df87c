"""Gap: a policy that grants writing to a log group as AWS documents it grants nothing.

What the emulator does: it evaluates every action of CloudWatch Logs on `...:log-group:NAME`, which a policy with
`...:log-group:NAME:*` does not match.

What AWS does: actions are evaluated on the stream, `...:log-group:NAME:log-stream:STREAM`, with no name after the last
colon where an action has none; only the actions on tags take the group's ARN without an end. "Use the second version,
with the trailing :*, to refer to the ARN when specifying permissions in IAM policies for all other API actions"
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html).
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from sandbox.fidelity.emulator import emulator_module
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

iam_actions = emulator_module("core.iam_actions")

SERVICE = "logs"
STREAM_MARK = ":log-stream:"
TAG_ACTIONS = frozenset({"TagResource", "UntagResource", "ListTagsForResource"})


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps."""
    del settings
    wrap(
        iam_actions,
        "extract_resource_arn",
        ("service", "method", "path", "headers", "body", "query_params", "region", "account_id"),
        _naming_the_stream,
        by=__name__,
    )
    wrap(
        iam_actions,
        "logs_service_context",
        ("action", "body", "resource_arn", "region", "account_id"),
        _looking_at_the_group,
        by=__name__,
    )


def _naming_the_stream(original: Callable[..., str]) -> Callable[..., str]:
    @wraps(original)
    def extract_resource_arn(
        service: str, method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any, **named: Any
    ) -> str:
        arn = original(service, method, path, headers, body, *rest, **named)
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if service != SERVICE or action in TAG_ACTIONS or ":log-group:" not in arn:
            return arn
        return f"{arn}{STREAM_MARK}{_stream_name(body)}"

    return extract_resource_arn


def _looking_at_the_group(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    @wraps(original)
    def logs_service_context(action: str, body: bytes, resource_arn: str, *rest: Any, **named: Any) -> dict[str, Any]:
        # The group has the tags, whatever of it is asked for.
        return original(action, body, resource_arn.partition(STREAM_MARK)[0], *rest, **named)

    return logs_service_context


def _stream_name(body: bytes) -> str:
    """The request's stream; of a body that is no JSON object the emulator itself says what is wrong."""
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return ""
    name = document.get("logStreamName") if isinstance(document, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] -- JSON
    return name if isinstance(name, str) else ""
