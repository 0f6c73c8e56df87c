"""What API Gateway answers itself, when no function does: refusals and errors. Pure: creates no resource.

`$context.error.messageString` is the message in quotes, so it stands without quotes in a template
(https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from components.argument_types import check_types
from components.errors import ArgumentError

_MESSAGE = "$context.error.messageString"


@dataclass(frozen=True, kw_only=True)
class GatewayResponse:
    """One response type of API Gateway with its status, headers and body.

    `body` maps member names to templates; `$context.error.messageString` stands unquoted, every other value is quoted.
    `status` is None where a type covers several (DEFAULT_4XX).
    """

    type: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Mapping[str, str] = field(default_factory=lambda: {"message": _MESSAGE})

    def __post_init__(self) -> None:
        check_types(self, f"gateway response {self.type}")
        for name, value in self.headers.items():
            if "'" in value:
                raise ArgumentError(f"gateway response {self.type}: header {name} must not contain a quote.")

    @property
    def template(self) -> str:
        """The body as API Gateway's template, members in their order."""
        members = (
            f"{json.dumps(name)}:{value if value == _MESSAGE else json.dumps(value)}"
            for name, value in self.body.items()
        )
        return "{" + ",".join(members) + "}"


def response_parameters(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers with constant values, in API Gateway's notation for gateway responses."""
    return {f"gatewayresponse.header.{name}": f"'{value}'" for name, value in sorted(headers.items())}


# 401: who the caller is could not be established (RFC 9110 section 15.5.2 wants WWW-Authenticate with it).
# 403: the authorizer knows the caller and says no; its context carries the reason's stable code.
DEFAULT_GATEWAY_RESPONSES: Sequence[GatewayResponse] = (
    GatewayResponse(type="UNAUTHORIZED", status=401, headers={"WWW-Authenticate": "Bearer"}),
    GatewayResponse(
        type="ACCESS_DENIED", status=403, body={"message": _MESSAGE, "reason": "$context.authorizer.reason"}
    ),
    GatewayResponse(type="DEFAULT_4XX"),
    GatewayResponse(type="DEFAULT_5XX"),
)
