"""What an `AuthorizedApi` is made of, and what contradicts itself in it. Pure: creates no resource."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.api_gateway_account import ApiGatewayAccount
from components.api_stage import StageSettings
from components.argument_types import check_types
from components.cors import Cors
from components.custom_authorizer import CustomAuthorizer
from components.endpoints import EndpointType, check_endpoints
from components.errors import ArgumentError
from components.gateway_responses import DEFAULT_GATEWAY_RESPONSES, GatewayResponse
from components.routes import Route, check_routes

# The names of log groups are made of an API's name and its stage's (API reference of CloudWatch Logs, CreateLogGroup).
_API_NAME = re.compile(r"[A-Za-z0-9._/#-]{1,255}")


@dataclass(frozen=True, kw_only=True)
class AuthorizedApiArgs:
    """What an API is made of.

    `authorizers` are registered with the API beside those of `routes`, for methods that the program adds itself.
    `create_deployment=False` leaves deployment and stage to `AuthorizedApi.deploy`, once those methods are there.
    `vpc_endpoint_ids` are for `endpoint_type` PRIVATE: the only way to reach the API.
    `default_endpoint=False` closes `https://<id>.execute-api...`: only custom domains answer then. One that demands
    client certificates is worth nothing beside an open default endpoint.
    `account` is the `ApiGatewayAccount` of this program, where it makes one: access logs need that setting.
    Raises `ArgumentError` for routes that contradict each other and for two authorizers of one name.
    """

    api_name: str
    description: str = "Answers callers that a custom authorizer has let in"
    routes: Sequence[Route] = ()
    authorizers: Sequence[CustomAuthorizer] = ()
    stage: StageSettings = field(default_factory=StageSettings)
    create_deployment: bool = True
    cors: Cors | None = None
    gateway_responses: Sequence[GatewayResponse] = DEFAULT_GATEWAY_RESPONSES
    endpoint_type: EndpointType = EndpointType.REGIONAL
    vpc_endpoint_ids: Sequence[pulumi.Input[str]] = ()
    default_endpoint: bool = True
    account: ApiGatewayAccount | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        check_types(self, f"API {self.api_name}")
        if not _API_NAME.fullmatch(self.api_name):
            raise ArgumentError(f"api_name: {self.api_name!r} is not 1 to 255 letters, digits and . _ / # -.")
        check_endpoints(self.endpoint_type, self.vpc_endpoint_ids)
        self._check_parts()
        check_routes(self.routes, preflight=self.cors is not None)
        by_name: dict[str, CustomAuthorizer] = {}
        for what, authorizer in self._named_authorizers():
            name = authorizer.args.function_name
            if by_name.setdefault(name, authorizer) is not authorizer:
                raise ArgumentError(
                    f"{what}: another authorizer is called {name} already; give each a name of its own."
                )

    def _check_parts(self) -> None:
        if self.create_deployment and not self.routes:
            raise ArgumentError(
                "routes: an API without a method cannot be deployed; give it a Route, or set create_deployment=False, "
                "add methods of your own and call deploy(after=[...])."
            )
        if not self.routes and not self.authorizers:
            raise ArgumentError("authorizers: an API without routes needs at least one, for the methods to come.")

    def _named_authorizers(self) -> Iterator[tuple[str, CustomAuthorizer]]:
        yield from ((str(route), route.authorizer) for route in self.routes)
        yield from (("authorizers", authorizer) for authorizer in self.authorizers)

    @property
    def distinct_authorizers(self) -> dict[str, CustomAuthorizer]:
        """The authorizers of the API by the names of their functions, sorted."""
        by_name = {authorizer.args.function_name: authorizer for _, authorizer in self._named_authorizers()}
        return {name: by_name[name] for name in sorted(by_name)}
