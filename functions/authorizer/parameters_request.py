"""What a REQUEST authorizer is asked: everything of the request but its body. See `authorizer.auth_context`."""

from __future__ import annotations

from authorizer.json_values import is_array, is_object
from authorizer.method_arn import MethodArn
from authorizer.single_values import headers, query_string_parameters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from authorizer.auth_context import AuthContext
    from authorizer.decision import ContextValue

_CONTAINERS = frozenset({dict, list})


class ParametersRequest:
    """A request to a REQUEST authorizer: everything but the body."""

    __slots__ = (
        "_containers",
        "_headers",
        "_method_arn",
        "_path",
        "_query",
        "_request_context",
        "_stage_variables",
        "method",
    )

    def __init__(self, event: Mapping[str, Any]) -> None:
        """Read `event`; raises ValueError where it is not API Gateway's."""
        self.method = MethodArn(event.get("methodArn"))
        self._method_arn: str = event["methodArn"]
        self._headers = headers(_strings(event, "headers"), _string_lists(event, "multiValueHeaders"))
        self._query = query_string_parameters(
            _strings(event, "queryStringParameters"), _string_lists(event, "multiValueQueryStringParameters")
        )
        self._path = _strings(event, "pathParameters")
        self._stage_variables = _strings(event, "stageVariables")
        self._request_context = _dict(event, "requestContext")
        self._containers = [name for name, value in self._request_context.items() if type(value) in _CONTAINERS]

    def auth_context(self, principal_id: str | None, context: Mapping[str, ContextValue]) -> AuthContext:
        """Return a new `auth_context` with the results so far."""
        request_context = self._request_context.copy()
        for name in self._containers:
            request_context[name] = _copied(request_context[name])
        return {
            "type": "REQUEST",
            "headers": self._headers,
            "query_string_parameters": self._query,
            "path_parameters": dict(self._path),
            "stage_variables": dict(self._stage_variables),
            "request_context": request_context,
            "method_arn": self._method_arn,
            "principal_id": principal_id,
            "context": dict(context),
        }


def _dict(event: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = event.get(name)
    if value is None:  # API Gateway sends null where there is nothing
        return {}
    if not is_object(value):
        raise ValueError(f"{name} is an object")
    return value


def _strings(event: Mapping[str, Any], name: str) -> dict[str, str]:
    values = _dict(event, name)
    for value in values.values():
        if type(value) is not str:
            raise ValueError(f"{name} holds strings")
    return values


def _string_lists(event: Mapping[str, Any], name: str) -> dict[str, list[str]]:
    lists = _dict(event, name)
    for values in lists.values():
        if not is_array(values):
            raise ValueError(f"{name} holds lists of strings")
        for value in values:
            if type(value) is not str:
                raise ValueError(f"{name} holds lists of strings")
    return lists


def _copied(value: Any) -> Any:
    if is_object(value):
        copy = value.copy()
        for name, member in value.items():
            if type(member) in _CONTAINERS:
                copy[name] = _copied(member)
        return copy
    if is_array(value):
        return [_copied(element) for element in value]
    return value
