"""From API Gateway's event to the `auth_context` that plugins get.

    TOKEN     type, token, method_arn
    REQUEST   type, headers, query_string_parameters, path_parameters, stage_variables, request_context, method_arn
    both      principal_id, context: what the plugins before have returned

Every plugin gets a dict of its own, whose values are its own copies or read-only: what it changes there, the next one
does not see. Deliberately refused: events of HTTP and WebSocket APIs, and whatever API Gateway does not send.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
"""

from __future__ import annotations

from authorizer.json_values import is_object
from authorizer.method_arn import MethodArn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from authorizer.decision import ContextValue
    from authorizer.parameters_request import ParametersRequest

    AuthContext = dict[str, Any]


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
        # Not at the top: the cold start of a TOKEN authorizer does without it.
        from authorizer.parameters_request import ParametersRequest

        return ParametersRequest(event)
    raise ValueError("an event's type is TOKEN or REQUEST")
