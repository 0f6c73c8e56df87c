"""`AuthorizedApi`: a REST API whose routes cannot be declared without an authorizer.

    routes ──► resources ──► methods (CUSTOM) ──► AWS_PROXY integrations ──► functions
                                │
    each CustomAuthorizer ──► Authorizer of this API        all of it ──► digest ──► ApiStage

Made by itself: the permissions (API Gateway may call a function for one stage, method and path; an authorizer's
function for that authorizer), request validation, gateway responses, the CORS preflight where `cors` is set, deployment
and stage. It deliberately takes no OpenAPI body, no integration that is not a function of this program, and no method
of another authorization. Why it is wired like this: docs/adr/0006-authorizer-and-api-wiring.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import pulumi
import pulumi_aws as aws

from components.api_gateway_account import ApiGatewayAccount
from components.api_stage import ApiStage, ApiStageArgs, StageSettings
from components.cors import Cors
from components.custom_authorizer import CustomAuthorizer
from components.errors import ArgumentError
from components.gateway_responses import DEFAULT_GATEWAY_RESPONSES, GatewayResponse, response_parameters
from components.rest_definition import RestDefinition
from components.routes import PREFLIGHT_METHOD, Route, check_routes, parent_path, resource_paths

PREFLIGHT_STATUS = "204"
JSON_CONTENT_TYPE = "application/json"


class EndpointType(StrEnum):
    """Where API Gateway answers: at AWS's edge locations, or in the region."""

    EDGE = "EDGE"
    REGIONAL = "REGIONAL"


@dataclass(frozen=True, kw_only=True)
class AuthorizedApiArgs:
    """What an API is made of.

    `account` is the `ApiGatewayAccount` of this program, where it makes one: access logs need that setting.
    Raises `ArgumentError` for routes that contradict each other and for two authorizers of one name.
    """

    api_name: str
    routes: Sequence[Route]
    description: str
    stage: StageSettings = field(default_factory=StageSettings)
    cors: Cors | None = None
    gateway_responses: Sequence[GatewayResponse] = DEFAULT_GATEWAY_RESPONSES
    endpoint_type: EndpointType = EndpointType.REGIONAL
    account: ApiGatewayAccount | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        check_routes(self.routes, preflight=self.cors is not None)
        by_name: dict[str, CustomAuthorizer] = {}
        for route in self.routes:
            name = route.authorizer.args.function_name
            if by_name.setdefault(name, route.authorizer) is not route.authorizer:
                raise ArgumentError(
                    f"{route}: another authorizer is called {name} already; give each a name of its own."
                )

    @property
    def authorizers(self) -> dict[str, CustomAuthorizer]:
        """The distinct authorizers of the routes, by the names of their functions, sorted."""
        by_name = {route.authorizer.args.function_name: route.authorizer for route in self.routes}
        return {name: by_name[name] for name in sorted(by_name)}


class AuthorizedApi(pulumi.ComponentResource):
    """The API with its stage.

    Logical names: `<name>` for the API, `<name>/path` for a resource, `<name>-GET/path` for a method and what belongs
    to it, `<name>-<authorizer>` for an authorizer, `<name>-<stage>` for the stage's component.
    `authorizer_ids` maps the name of an authorizer's function to its id in this API.
    A route that is taken out of the program stays in the snapshot until the next deployment, without reaching its
    function any more (500): Pulumi deletes after it has deployed. The decision record says how to hasten it.
    """

    rest_api_id: pulumi.Output[str]
    root_resource_id: pulumi.Output[str]
    execution_arn: pulumi.Output[str]
    authorizer_ids: pulumi.Output[Mapping[str, str]]
    stage_name: pulumi.Output[str]
    invoke_url: pulumi.Output[str]
    deployment_id: pulumi.Output[str]

    def __init__(self, name: str, args: AuthorizedApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatehouse:index:AuthorizedApi", name, None, opts)
        self.args = args
        self._logical_name = name
        self._definition = RestDefinition()
        self._api = self._rest_api()
        self._validator = self._request_validator()
        self._resource_ids = self._resources()
        authorizer_ids = {key: self._authorizer(key, authorizer) for key, authorizer in args.authorizers.items()}
        for route in args.routes:
            self._route(route, authorizer_ids[route.authorizer.args.function_name])
        if args.cors is not None:
            for path in sorted({route.path for route in args.routes}):
                self._preflight(path, args.cors)
        for response in args.gateway_responses:
            self._gateway_response(response)
        stage = self._stage()
        self.rest_api_id = self._api.id
        self.root_resource_id = self._api.root_resource_id
        self.execution_arn = self._api.execution_arn
        self.authorizer_ids = pulumi.Output.all(**authorizer_ids)
        self.stage_name = stage.stage_name
        self.invoke_url = stage.invoke_url
        self.deployment_id = stage.deployment_id
        self.register_outputs(
            {
                "rest_api_id": self.rest_api_id,
                "root_resource_id": self.root_resource_id,
                "execution_arn": self.execution_arn,
                "authorizer_ids": self.authorizer_ids,
                "stage_name": self.stage_name,
                "invoke_url": self.invoke_url,
                "deployment_id": self.deployment_id,
            }
        )

    def _rest_api(self) -> aws.apigateway.RestApi:
        part = aws.apigateway.RestApiArgs(
            name=self.args.api_name,
            description=self.args.description,
            endpoint_configuration=aws.apigateway.RestApiEndpointConfigurationArgs(types=self.args.endpoint_type.value),
            tags=self.args.tags,
        )
        return self._definition.add(aws.apigateway.RestApi(self._logical_name, part, self._child()), part)

    def _request_validator(self) -> aws.apigateway.RequestValidator:
        validator = aws.apigateway.RequestValidatorArgs(
            rest_api=self._api.id,
            name="parameters-and-body",
            validate_request_parameters=True,
            validate_request_body=True,
        )
        name = f"{self._logical_name}-validator"
        return self._definition.add(aws.apigateway.RequestValidator(name, validator, self._child()), validator)

    def _resources(self) -> dict[str, pulumi.Output[str]]:
        """The id of the resource of every path, `/` included; parents are made before children."""
        ids = {"/": self._api.root_resource_id}
        for path in resource_paths(route.path for route in self.args.routes):
            part = aws.apigateway.ResourceArgs(
                rest_api=self._api.id, parent_id=ids[parent_path(path)], path_part=path.rpartition("/")[2]
            )
            ids[path] = self._definition.add(
                aws.apigateway.Resource(f"{self._logical_name}{path}", part, self._child()), part
            ).id
        return ids

    def _authorizer(self, function_name: str, authorizer: CustomAuthorizer) -> pulumi.Output[str]:
        """Registers the authorizer with this API and lets API Gateway call its function for that, and nothing else."""
        name = f"{self._logical_name}-{function_name}"
        part = aws.apigateway.AuthorizerArgs(
            rest_api=self._api.id,
            name=function_name,
            type=authorizer.args.type.value,
            authorizer_uri=authorizer.invoke_arn,
            identity_source=authorizer.args.identity_source,
            identity_validation_expression=authorizer.args.identity_validation_expression,
            authorizer_result_ttl_in_seconds=authorizer.args.ttl_seconds,
        )
        resource = self._definition.add(aws.apigateway.Authorizer(name, part, self._child()), part)
        self._permission(
            f"{name}-permission",
            authorizer.function_name,
            pulumi.Output.concat(self._api.execution_arn, "/authorizers/", resource.id),
        )
        return resource.id

    def _route(self, route: Route, authorizer_id: pulumi.Output[str]) -> None:
        name = f"{self._logical_name}-{route.method}{route.path}"
        method_args = aws.apigateway.MethodArgs(
            rest_api=self._api.id,
            resource_id=self._resource_ids[route.path],
            http_method=route.method,
            authorization="CUSTOM",
            authorizer_id=authorizer_id,
            request_validator_id=self._validator.id,
            request_parameters=route.request_parameters or None,
            request_models=self._request_models(name, route),
        )
        method = self._definition.add(aws.apigateway.Method(name, method_args, self._child()), method_args)
        integration_args = aws.apigateway.IntegrationArgs(
            rest_api=self._api.id,
            resource_id=self._resource_ids[route.path],
            http_method=method.http_method,
            type="AWS_PROXY",
            integration_http_method="POST",  # how API Gateway calls Lambda, whatever the caller's method
            uri=route.handler.invoke_arn,
        )
        self._integration(name, integration_args)
        self._permission(
            f"{self._logical_name}-{route.slug}-permission",
            route.handler.function_name,
            pulumi.Output.concat(self._api.execution_arn, f"/{self.args.stage.stage_name}/{route.permission_path}"),
        )

    def _request_models(self, name: str, route: Route) -> dict[str, pulumi.Input[str]] | None:
        """The model of a JSON body, where the route has a schema; API Gateway then refuses other bodies with 400."""
        if route.body_schema is None:
            return None
        part = aws.apigateway.ModelArgs(
            rest_api=self._api.id,
            name=route.model_name,
            content_type=JSON_CONTENT_TYPE,
            description=f"Body of {route.method} {route.path}",
            schema=route.body_schema_json,
        )
        model = self._definition.add(aws.apigateway.Model(f"{name}-model", part, self._child()), part)
        return {JSON_CONTENT_TYPE: model.name}

    def _preflight(self, path: str, cors: Cors) -> None:
        """OPTIONS of one path, answered by API Gateway: a preflight carries no credential that could be checked."""
        name = f"{self._logical_name}-{PREFLIGHT_METHOD}{path}"
        methods = [route.method for route in self.args.routes if route.path == path]
        headers = cors.preflight_headers(methods)
        method_args = aws.apigateway.MethodArgs(
            rest_api=self._api.id,
            resource_id=self._resource_ids[path],
            http_method=PREFLIGHT_METHOD,
            authorization="NONE",
        )
        method = self._definition.add(aws.apigateway.Method(name, method_args, self._child()), method_args)
        integration_args = aws.apigateway.IntegrationArgs(
            rest_api=self._api.id,
            resource_id=self._resource_ids[path],
            http_method=method.http_method,
            type="MOCK",
            request_templates={JSON_CONTENT_TYPE: f'{{"statusCode": {PREFLIGHT_STATUS}}}'},
        )
        integration = self._integration(name, integration_args)
        response_args = aws.apigateway.MethodResponseArgs(
            rest_api=self._api.id,
            resource_id=self._resource_ids[path],
            http_method=method.http_method,
            status_code=PREFLIGHT_STATUS,
            response_parameters={f"method.response.header.{header}": True for header in headers},
        )
        response = self._definition.add(
            aws.apigateway.MethodResponse(f"{name}-response", response_args, self._child()), response_args
        )
        answer_args = aws.apigateway.IntegrationResponseArgs(
            rest_api=self._api.id,
            resource_id=self._resource_ids[path],
            http_method=method.http_method,
            status_code=response.status_code,
            response_parameters={f"method.response.header.{header}": f"'{value}'" for header, value in headers.items()},
        )
        # API Gateway has no place for the answer before there is an integration.
        answer = aws.apigateway.IntegrationResponse(f"{name}-answer", answer_args, self._child(integration))
        self._definition.add(answer, answer_args)

    def _integration(self, name: str, args: aws.apigateway.IntegrationArgs) -> aws.apigateway.Integration:
        return self._definition.add(aws.apigateway.Integration(f"{name}-integration", args, self._child()), args)

    def _gateway_response(self, response: GatewayResponse) -> None:
        cors_headers = self.args.cors.error_headers() if self.args.cors is not None else {}
        part = aws.apigateway.ResponseArgs(
            rest_api_id=self._api.id,
            response_type=response.type,
            status_code=None if response.status is None else str(response.status),
            response_parameters=response_parameters({**response.headers, **cors_headers}) or None,
            response_templates={JSON_CONTENT_TYPE: response.template},
        )
        self._definition.add(
            aws.apigateway.Response(f"{self._logical_name}-{response.type}", part, self._child()), part
        )

    def _permission(self, name: str, function_name: pulumi.Output[str], source_arn: pulumi.Output[str]) -> None:
        permission = aws.lambda_.Permission(
            name,
            action="lambda:InvokeFunction",
            function=function_name,
            principal="apigateway.amazonaws.com",
            source_arn=source_arn,
            opts=self._child(),
        )
        # No part of the snapshot, but the API must not be live before its functions may be called.
        self._definition.resources.append(permission)

    def _stage(self) -> ApiStage:
        args = self.args
        return ApiStage(
            f"{self._logical_name}-{args.stage.stage_name}",
            ApiStageArgs(
                rest_api_id=self._api.id,
                api_name=args.api_name,
                definition_digest=self._definition.digest(),
                parts=self._definition.resources,
                account=args.account,
                settings=args.stage,
                tags=args.tags,
            ),
            self._child(),
        )

    def _child(self, *depends_on: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(depends_on))
