"""From API Gateway's event to the `auth_context` that plugins get.

    TOKEN     type, token, method_arn
    REQUEST   type, headers, query_string_parameters, path_parameters, stage_variables, request_context, method_arn
    both      principal_id, context: what the plugins before have returned

Every plugin gets a dict of its own, whose values are its own copies or read-only: what it changes there, the next one
does not see. Deliberately refused: events of HTTP and WebSocket APIs, and whatever API Gateway does not send.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
"""

from __future__ import annotations

from authorizer.json_values import is_array, is_object
from authorizer.method_arn import MethodArn
from authorizer.single_values import headers, query_string_parameters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from authorizer.decision import ContextValue

    AuthContext = dict[str, Any]

_SCALARS = frozenset({str, int, float, bool, type(None)})


class TokenRequest:
    """A request to a TOKEN authorizer: the value of one header."""

    __slots__ = ("_method_arn", "_token", "method")

    def __init__(self, event: Mapping[str, Any]) -> None:
        """Read `event`; raises ValueError where it is not API Gateway's."""
        self.method = MethodArn(event.get("methodArn"))
        self._method_arn: str = event["methodArn"]
        token = event.get("authorizationToken")
        if token is not None and type(token) is not str:
            raise ValueError("authorizationToken is a string")
        self._token: str = token or ""

    def auth_context(self, principal_id: str | None, context: Mapping[str, ContextValue]) -> AuthContext:
        """Return a new `auth_context` with the results so far."""
        return {
            "type": "TOKEN",
            "token": self._token,
            "method_arn": self._method_arn,
            "principal_id": principal_id,
            "context": dict(context),
        }


class ParametersRequest:
    """A request to a REQUEST authorizer: everything but the body."""

    __slots__ = ("_headers", "_method_arn", "_path", "_query", "_request_context", "_stage_variables", "method")

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

    def auth_context(self, principal_id: str | None, context: Mapping[str, ContextValue]) -> AuthContext:
        """Return a new `auth_context` with the results so far."""
        return {
            "type": "REQUEST",
            "headers": self._headers,
            "query_string_parameters": self._query,
            "path_parameters": dict(self._path),
            "stage_variables": dict(self._stage_variables),
            "request_context": _copied(self._request_context),
            "method_arn": self._method_arn,
            "principal_id": principal_id,
            "context": dict(context),
        }


def read_event(event: object) -> TokenRequest | ParametersRequest:
    """Return what `event` asks.

    Raises:
        ValueError: it is not an event of API Gateway for a Lambda authorizer of a REST API.
    """
    if not is_object(event):
        raise ValueError("an event is an object")
    kind = event.get("type")
    if kind == "TOKEN":
        return TokenRequest(event)
    if kind == "REQUEST":
        return ParametersRequest(event)
    raise ValueError("an event's type is TOKEN or REQUEST")


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


def _copied(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value if type(value) in _SCALARS else _copied_value(value) for name, value in document.items()}


def _copied_value(value: Any) -> Any:
    if is_object(value):
        return _copied(value)
    if is_array(value):
        return [_copied_value(element) for element in value]
    return value
