"""API Gateway: deployments, stages, method settings and gateway responses."""

from typing import Any

from sandbox.provider.values import Properties
from tests.provider.cases.apigateway import rest_api
from tests.provider.cases.apigateway_methods import integration
from tests.provider.cases.case import Case, Refusal, World
from tests.provider.cases.iam import role
from tests.provider.driver import Known

_REFUSED = "refused: see test_apigateway.py"


def deployment(world: World, name: str = "deployment") -> Known:
    integration(world)
    inputs = {"restApi": rest_api(world).id, "description": name}
    return world.need("aws:apigateway/deployment:Deployment", inputs, name=name)


def stage(world: World) -> Known:
    inputs = {"restApi": rest_api(world).id, "deployment": deployment(world).id, "stageName": "prod"}
    return world.need("aws:apigateway/stage:Stage", inputs, name="stage")


def _deployed(world: World) -> Properties:
    integration(world)
    return {"restApi": rest_api(world).id}


def _access_log_settings(world: World) -> Properties:
    # AWS refuses access logs until the account names a role that may write them.
    world.need("aws:apigateway/account:Account", {"cloudwatchRoleArn": role(world).state["arn"]}, name="account")
    group = world.need("aws:cloudwatch/logGroup:LogGroup", {"name": f"/aws/apigateway/{world.name}"}, name="log group")
    return {"destinationArn": group.state["arn"], "format": '{"request_id":"$context.requestId"}'}


def _gateway(world: World) -> Any:
    return world.clients.client("apigateway")


def _stage_of(known: Known) -> dict[str, str]:
    return {"restApiId": known.state["restApi"], "stageName": known.state["stageName"]}


def _drift_deployment(world: World, known: Known) -> str:
    _gateway(world).update_deployment(
        restApiId=known.state["restApi"],
        deploymentId=known.id,
        patchOperations=[{"op": "replace", "path": "/description", "value": "somebody else's"}],
    )
    return "description"


def _drift_stage(world: World, known: Known) -> str:
    _gateway(world).update_stage(
        **_stage_of(known), patchOperations=[{"op": "replace", "path": "/variables/colour", "value": "green"}]
    )
    return "variables"


def _drift_settings(world: World, known: Known) -> str:
    _gateway(world).update_stage(
        **_stage_of(known), patchOperations=[{"op": "replace", "path": "/*/*/metrics/enabled", "value": "false"}]
    )
    return "settings"


def _drift_response(world: World, known: Known) -> str:
    _gateway(world).put_gateway_response(
        restApiId=known.state["restApiId"], responseType=known.state["responseType"], statusCode="418"
    )
    return "statusCode"


CASES = (
    Case(
        token="aws:apigateway/deployment:Deployment",
        base=_deployed,
        changes={"description": "with another description"},
        replaces={
            "restApi": lambda world: rest_api(world, "other").id,
            "triggers": {"definition": "sha-256 of something else"},
            "variables": {"colour": "blue"},
            "region": "eu-west-2",
        },
        absent=frozenset({"triggers", "variables"}),
        drift=_drift_deployment,
        remove=lambda world, known: _gateway(world).delete_deployment(
            restApiId=known.state["restApi"], deploymentId=known.id
        ),
        import_id=lambda known: f"{known.state['restApi']}/{known.id}",
        refused=(
            Refusal(change={"triggers": "changed"}, message="triggers: must be a map, not a string"),
            Refusal(change={"stageName": "prod"}, message="stageName: no such property"),
        ),
    ),
    Case(
        token="aws:apigateway/stage:Stage",
        base=lambda world: {
            "restApi": rest_api(world).id,
            "deployment": deployment(world).id,
            "stageName": "test",
            "variables": {"colour": "blue"},
        },
        changes={
            "accessLogSettings": _access_log_settings,
            "cacheClusterSize": "0.5",
            "cacheClusterEnabled": True,
            "clientCertificateId": "abc123",
            "deployment": lambda world: deployment(world, "second deployment").id,
            "description": "For tests",
            "documentationVersion": "1",
            "tags": {"Team": "platform"},
            "variables": {"colour": "red", "size": "10"},
            "xrayTracingEnabled": True,
        },
        replaces={"restApi": lambda world: rest_api(world, "other").id, "stageName": "prod", "region": "eu-west-2"},
        untested={"canarySettings": _REFUSED},
        absent=frozenset({"accessLogSettings", "cacheClusterSize", "canarySettings"}),
        drift=_drift_stage,
        remove=lambda world, known: _gateway(world).delete_stage(**_stage_of(known)),
        import_id=lambda known: f"{known.state['restApi']}/{known.state['stageName']}",
        refused=(
            Refusal(change={"stageName": "test stage"}, message="stageName: 'test stage' is not 1 to 128 letters"),
            Refusal(
                change={"variables": {"the-colour": "red"}}, message="variables.the-colour: 'the-colour' is not letters"
            ),
            Refusal(change={"variables": {"colour": "dark red"}}, message="variables.colour: AWS allows letters"),
            Refusal(
                change={"cacheClusterSize": "1"},
                message="cacheClusterSize: '1' is not one of 0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118, 237",
            ),
            Refusal(
                change={"accessLogSettings": {"destinationArn": "logs", "format": "$context.requestId"}},
                message="accessLogSettings.destinationArn: 'logs' is not the ARN of a log group",
            ),
            Refusal(
                change={
                    "accessLogSettings": {
                        "destinationArn": "arn:aws:logs:ap-southeast-3:111122223333:log-group:logs",
                        "format": "$context.identity.sourceIp",
                    }
                },
                message="accessLogSettings.format: must contain $context.requestId or $context.extendedRequestId",
            ),
            Refusal(
                change={"xrayTracingEnabled": "true"}, message="xrayTracingEnabled: must be a boolean, not a string"
            ),
            Refusal(
                change={"canarySettings": {"deploymentId": "abc"}},
                message="canarySettings: the sandbox cannot honour this",
            ),
        ),
    ),
    Case(
        token="aws:apigateway/methodSettings:MethodSettings",
        base=lambda world: {
            "restApi": rest_api(world).id,
            "stageName": stage(world).state["stageName"],
            "methodPath": "*/*",
            "settings": {"metricsEnabled": True, "loggingLevel": "ERROR", "throttlingRateLimit": 50.5},
        },
        changes={
            "settings": {
                "cacheDataEncrypted": True,
                "cacheTtlInSeconds": 60,
                "cachingEnabled": True,
                "dataTraceEnabled": True,
                "loggingLevel": "INFO",
                "metricsEnabled": False,
                "requireAuthorizationForCacheControl": False,
                "throttlingBurstLimit": 20,
                "throttlingRateLimit": 10,
                "unauthorizedCacheControlHeaderStrategy": "FAIL_WITH_403",
            }
        },
        replaces={
            "restApi": lambda world: rest_api(world, "other").id,
            "stageName": "other",
            "methodPath": "things/GET",
            "region": "eu-west-2",
        },
        drift=_drift_settings,
        remove=lambda world, known: _gateway(world).update_stage(
            **_stage_of(known), patchOperations=[{"op": "remove", "path": "/*/*"}]
        ),
        import_id=lambda known: f"{known.state['restApi']}/{known.state['stageName']}/{known.state['methodPath']}",
        refused=(
            Refusal(change={"methodPath": "/things/GET"}, message="methodPath: '/things/GET' is not */* or <path>"),
            Refusal(change={"methodPath": "things/FETCH"}, message="methodPath: 'things/FETCH' is not */* or <path>"),
            Refusal(
                change={"settings": {"loggingLevel": "DEBUG"}},
                message="settings.loggingLevel: 'DEBUG' is not one of OFF, ERROR, INFO",
            ),
            Refusal(
                change={"settings": {"cacheTtlInSeconds": 3601}},
                message="settings.cacheTtlInSeconds: 3601 is not between 0 and 3600 seconds",
            ),
            Refusal(
                change={"settings": {"throttlingBurstLimit": -2}},
                message="settings.throttlingBurstLimit: -2 is not 0 or more, nor -1 for no limit",
            ),
            Refusal(
                change={"settings": {"unauthorizedCacheControlHeaderStrategy": "IGNORE"}},
                message="settings.unauthorizedCacheControlHeaderStrategy: 'IGNORE' is not one of FAIL_WITH_403",
            ),
            Refusal(change={"settings": {"metrics": True}}, message="settings.metrics: no such property"),
        ),
    ),
    Case(
        token="aws:apigateway/response:Response",
        base=lambda world: {
            "restApiId": rest_api(world).id,
            "responseType": "UNAUTHORIZED",
            "statusCode": "401",
            "responseTemplates": {"application/json": '{"message":$context.error.messageString}'},
        },
        changes={
            "responseParameters": {"gatewayresponse.header.WWW-Authenticate": "'Bearer'"},
            "responseTemplates": {"application/json": "{}", "text/plain": "no"},
            "statusCode": "403",
        },
        replaces={
            "restApiId": lambda world: rest_api(world, "other").id,
            "responseType": "ACCESS_DENIED",
            "region": "eu-west-2",
        },
        drift=_drift_response,
        remove=lambda world, known: _gateway(world).delete_gateway_response(
            restApiId=known.state["restApiId"], responseType=known.state["responseType"]
        ),
        import_id=lambda known: f"{known.state['restApiId']}/{known.state['responseType']}",
        refused=(
            Refusal(
                change={"responseType": "FORBIDDEN"},
                message="responseType: 'FORBIDDEN' is not one of DEFAULT_4XX, DEFAULT_5XX",
            ),
            Refusal(change={"statusCode": "999"}, message=r"statusCode: '999' does not match [1-5]\d\d"),
            Refusal(
                change={"responseParameters": {"WWW-Authenticate": "'Bearer'"}},
                message="is not gatewayresponse.header. and a header's name",
            ),
        ),
    ),
)
