"""`AuthorizedApi`: a REST API whose routes cannot be declared without an authorizer.

    routes ──► resources ──► methods (CUSTOM) ──► AWS_PROXY integrations ──► functions
                                │
    each CustomAuthorizer ──► Authorizer of this API        all of it ──► digest ──► ApiStage

Made by itself: the permissions (API Gateway may call a function for one stage, method and path; an authorizer's
function for that authorizer), request validation, gateway responses, the CORS preflight where `cors` is set, the
resource policy of a private API, deployment and stage. It deliberately takes no OpenAPI body, no route to anything but
a function of this program, and no method of another authorization; other integrations are added to it as resources and
handed to `deploy`. Why it is wired like this: docs/adr/0006-authorizer-and-api-wiring.md.
"""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components.added_resources import check_added, unprotected
from components.api_stage import ApiStage, ApiStageArgs
from components.authorized_api_args import AuthorizedApiArgs
from components.cors import Cors
from components.custom_authorizer import CustomAuthorizer
from components.endpoints import EndpointType, private_policy
from components.errors import ArgumentError
from components.gateway_responses import GatewayResponse, response_parameters
from components.preflight import JSON_CONTENT_TYPE, add_preflight
from components.python_function import PythonFunction
from components.rest_definition import RestDefinition
from components.routes import PREFLIGHT_METHOD, Route, parent_path, resource_paths

__all__ = ["AuthorizedApi", "AuthorizedApiArgs"]  # a program needs both, and imports both from here


class AuthorizedApi(pulumi.ComponentResource):
    """The API with its stage.

    Logical names: `<name>` for the API, `<name>/path` for a resource, `<name>-GET/path` for a method and what belongs
    to it, `<name>-<authorizer>` for an authorizer, `<name>-policy` for a private API's resource policy,
    `<name>-<stage>` for the stage's component. `authorizer_ids` maps the name of an authorizer's function to its id in
    this API.
    A route that is taken out of the program stays in the snapshot until the next deployment, without reaching its
    function any more (500): Pulumi deletes after it has deployed. The decision record says how to hasten it.
    """

    rest_api_id: pulumi.Output[str]
    root_resource_id: pulumi.Output[str]
    execution_arn: pulumi.Output[str]
    authorizer_ids: pulumi.Output[Mapping[str, str]]

    def __init__(self, name: str, args: AuthorizedApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatehouse:index:AuthorizedApi", name, None, opts)
        self.args = args
        self._logical_name = name
        self._definition = RestDefinition()
        self._stage: ApiStage | None = None
        self._api = self._rest_api()
        self._resource_policy()
        self._validator = self._request_validator()
        self._resource_ids = self._resources()
        authorizer_ids = {
            key: self._authorizer(key, authorizer) for key, authorizer in args.distinct_authorizers.items()
        }
        for route in args.routes:
            self._route(route, authorizer_ids[route.authorizer.args.function_name])
        if args.cors is not None:
            for path in sorted({route.path for route in args.routes}):
                self._preflight(path, args.cors)
        for response in args.gateway_responses:
            self._gateway_response(response)
        self.rest_api_id = self._api.id
        self.root_resource_id = self._api.root_resource_id
        self.execution_arn = self._api.execution_arn
        self.authorizer_ids = pulumi.Output.all(**authorizer_ids)
        if args.create_deployment:
            self._stage = self._make_stage(self._definition.digest())
        self.register_outputs(
            {
                "rest_api_id": self.rest_api_id,
                "root_resource_id": self.root_resource_id,
                "execution_arn": self.execution_arn,
                "authorizer_ids": self.authorizer_ids,
            }
        )

    def deploy(self, *, after: Sequence[pulumi.Resource] = ()) -> ApiStage:
        """Deploys an API of `create_deployment=False`, once the program has added its own resources to it.

        `after` are these resources: `aws.apigateway.Resource`, `Method`, `Integration` and so on, and the
        `aws.lambda_.Permission`s. The deployment waits for all of them and is made anew when one changes. They belong
        to `rest_api_id`, and must not depend on the component as a whole (`depends_on=[api]`): it ends with the stage,
        which waits for them.
        Raises `ArgumentError` when it was deployed already, when there is nothing to deploy, and for a method that no
        authorizer of this API protects.
        """
        if self._stage is not None:
            raise ArgumentError(
                f"API {self.args.api_name}: it is deployed already; set create_deployment=False and call deploy once."
            )
        check_added(after)
        if not self.args.routes and not any(isinstance(each, aws.apigateway.Method) for each in after):
            raise ArgumentError(
                f"API {self.args.api_name}: after has no method and there are no routes; name the methods and "
                "integrations that the program has added."
            )
        for resource in after:
            self._definition.add_existing(resource)
        protected = pulumi.Output.all(*unprotected(after, self.authorizer_ids))
        self._stage = self._make_stage(
            pulumi.Output.all(self._definition.digest(), protected).apply(lambda known: str(known[0]))
        )
        return self._stage

    @property
    def stage(self) -> ApiStage:
        """What serves the API. Raises `ArgumentError` before `deploy` where `create_deployment` is False."""
        if self._stage is None:
            raise ArgumentError(
                f"API {self.args.api_name}: it has no stage yet, because create_deployment is False; call "
                "deploy(after=[...]) first, with the methods and integrations that the program has added."
            )
        return self._stage

    @property
    def stage_name(self) -> pulumi.Output[str]:
        """The stage's name, once the stage is there."""
        return self.stage.stage_name

    @property
    def invoke_url(self) -> pulumi.Output[str]:
        """The stage's URL: `https://<id>.execute-api.<region>.amazonaws.com/<stage>`, without a slash at the end."""
        return self.stage.invoke_url

    @property
    def deployment_id(self) -> pulumi.Output[str]:
        """The id of the deployment that the stage serves."""
        return self.stage.deployment_id

    def _rest_api(self) -> aws.apigateway.RestApi:
        part = aws.apigateway.RestApiArgs(
            name=self.args.api_name,
            description=self.args.description,
            disable_execute_api_endpoint=None if self.args.default_endpoint else True,
            endpoint_configuration=aws.apigateway.RestApiEndpointConfigurationArgs(
                types=str(self.args.endpoint_type), vpc_endpoint_ids=list(self.args.vpc_endpoint_ids) or None
            ),
            tags=self.args.tags,
        )
        return self._definition.add(aws.apigateway.RestApi(self._logical_name, part, self._child()), part)

    def _resource_policy(self) -> None:
        if self.args.endpoint_type != EndpointType.PRIVATE:
            return
        part = aws.apigateway.RestApiPolicyArgs(
            rest_api_id=self._api.id, policy=private_policy(self._api.execution_arn, self.args.vpc_endpoint_ids)
        )
        name = f"{self._logical_name}-policy"
        self._definition.add(aws.apigateway.RestApiPolicy(name, part, self._child()), part)

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
            type=str(authorizer.args.type),
            authorizer_uri=authorizer.invoke_arn,
            identity_source=authorizer.args.identity_source,
            identity_validation_expression=authorizer.args.identity_validation_expression,
            authorizer_result_ttl_in_seconds=authorizer.args.ttl_seconds,
        )
        resource = self._definition.add(aws.apigateway.Authorizer(name, part, self._child()), part)
        self._permission(
            f"{name}-permission",
            authorizer,
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
        self._definition.add(
            aws.apigateway.Integration(f"{name}-integration", integration_args, self._child()), integration_args
        )
        self._permission(
            f"{self._logical_name}-{route.slug}-permission",
            route.handler,
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
        methods = [route.method for route in self.args.routes if route.path == path]
        add_preflight(
            f"{self._logical_name}-{PREFLIGHT_METHOD}{path}",
            self._definition,
            parent=self,
            rest_api=self._api.id,
            resource_id=self._resource_ids[path],
            headers=cors.preflight_headers(methods),
        )

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

    def _permission(
        self, name: str, function: CustomAuthorizer | PythonFunction, source_arn: pulumi.Output[str]
    ) -> None:
        permission = aws.lambda_.Permission(
            name,
            action="lambda:InvokeFunction",
            function=function.function_name,
            qualifier=function.alias_name,
            principal="apigateway.amazonaws.com",
            source_arn=source_arn,
            opts=self._child(),
        )
        # No part of the snapshot, but the API must not be live before its functions may be called.
        self._definition.resources.append(permission)

    def _make_stage(self, definition_digest: pulumi.Output[str]) -> ApiStage:
        args = self.args
        return ApiStage(
            f"{self._logical_name}-{args.stage.stage_name}",
            ApiStageArgs(
                rest_api_id=self._api.id,
                api_name=args.api_name,
                definition_digest=definition_digest,
                parts=self._definition.resources,
                account=args.account,
                settings=args.stage,
                tags=args.tags,
            ),
            self._child(),
        )

    def _child(self, *depends_on: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(depends_on))
