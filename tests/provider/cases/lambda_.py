"""Lambda functions and what stands beside them."""

from typing import Any

from sandbox.provider.values import Archive, Properties
from tests.provider.cases.case import Case, Refusal, World
from tests.provider.cases.iam import role
from tests.provider.driver import Known

HANDLER = "def handle(event, context):\n    return 'hello'\n"
OTHER_HANDLER = "def handle(event, context):\n    return 'good bye'\n"


def function_inputs(world: World, **changes: Any) -> Properties:
    return {
        "role": role(world).state["arn"],
        "code": world.archive(hello=HANDLER),
        "handler": "hello.handle",
        "runtime": "python3.12",
        **changes,
    }


def function(world: World, name: str = "needed", **changes: Any) -> Known:
    return world.need("aws:lambda/function:Function", function_inputs(world, **changes), name=name)


def rotation_function(world: World) -> Known:
    """A function that Secrets Manager may call."""
    made = function(world, name="rotation")
    world.need(
        "aws:lambda/permission:Permission",
        {
            "function": made.id,
            "action": "lambda:InvokeFunction",
            "principal": "secretsmanager.amazonaws.com",
            "statementId": "rotation",
        },
        name="rotation",
    )
    return made


def layer(world: World) -> Known:
    inputs = {"layerName": f"{world.name}-layer", "code": world.archive(**{"python/shared": "VALUE = 1\n"})}
    return world.need("aws:lambda/layerVersion:LayerVersion", inputs)


def _drift_function(world: World, known: Known) -> str:
    world.clients.client("lambda").update_function_configuration(FunctionName=known.id, Timeout=9)
    return "timeout"


def _drift_alias(world: World, known: Known) -> str:
    world.clients.client("lambda").update_alias(
        FunctionName=known.state["functionName"], Name=known.state["name"], Description="somebody else's"
    )
    return "description"


def _drift_concurrency(world: World, known: Known) -> str:
    world.clients.client("lambda").put_provisioned_concurrency_config(
        FunctionName=known.state["functionName"],
        Qualifier=known.state["qualifier"],
        ProvisionedConcurrentExecutions=3,
    )
    return "provisionedConcurrentExecutions"


_NOT_IN_THE_SANDBOX = "refused: see test_lambda.py"

CASES = (
    Case(
        token="aws:lambda/function:Function",
        base=lambda world: function_inputs(world, name=world.name),
        changes={
            "architectures": ["arm64"],
            "code": lambda world: world.archive(hello=OTHER_HANDLER),
            "deadLetterConfig": {"targetArn": "arn:aws:sqs:ap-southeast-3:111122223333:failed"},
            "description": "Says hello",
            "environment": {"variables": {"GREETING": "hello", "NOTHING": ""}},
            "ephemeralStorage": {"size": 1024},
            "fileSystemConfig": {
                "arn": "arn:aws:elasticfilesystem:ap-southeast-3:111122223333:access-point/fsap-0123456789abcdef0",
                "localMountPath": "/mnt/files",
            },
            "handler": "hello.other",
            "kmsKeyArn": "arn:aws:kms:ap-southeast-3:111122223333:key/00000000-0000-0000-0000-000000000000",
            "layers": lambda world: [layer(world).id],
            "loggingConfig": {"logFormat": "JSON", "applicationLogLevel": "INFO", "systemLogLevel": "WARN"},
            "memorySize": 256,
            "publish": True,
            "reservedConcurrentExecutions": 5,
            "role": lambda world: world.need(
                "aws:iam/role:Role", {"assumeRolePolicy": role(world).inputs["assumeRolePolicy"]}, name="other-role"
            ).state["arn"],
            "runtime": "python3.13",
            "skipDestroy": True,
            "snapStart": {"applyOn": "PublishedVersions"},
            "sourceCodeHash": "by hand",
            "tags": {"Team": "platform"},
            "timeout": 30,
            "tracingConfig": {"mode": "Active"},
            "useResourceTimeoutForPropagation": True,
            "vpcConfig": {"subnetIds": ["subnet-11111111"], "securityGroupIds": ["sg-11111111"]},
        },
        with_changes={"snapStart": {"ephemeralStorage": {"size": 512}}},
        replaces={"name": "another", "region": "eu-west-1"},
        untested={
            "codeSha256": "must be the hash of the code itself; see test_lambda.py",
            "packageType": "only zip packages run here; see the refusals",
            "s3Bucket": "excludes code; see test_lambda.py",
            "s3Key": "excludes code; see test_lambda.py",
            "s3ObjectVersion": "excludes code; see test_lambda.py",
            **dict.fromkeys(
                (
                    "capacityProviderConfig",
                    "codeSigningConfigArn",
                    "durableConfig",
                    "imageConfig",
                    "imageUri",
                    "publishTo",
                    "replaceSecurityGroupsOnDestroy",
                    "replacementSecurityGroupIds",
                    "sourceKmsKeyArn",
                    "tenancyConfig",
                ),
                _NOT_IN_THE_SANDBOX,
            ),
        },
        absent=frozenset(
            {
                "capacityProviderConfig",
                "deadLetterConfig",
                "durableConfig",
                "environment",
                "fileSystemConfig",
                "imageConfig",
                "publishTo",
                "replaceSecurityGroupsOnDestroy",
                "replacementSecurityGroupIds",
                "s3Bucket",
                "s3Key",
                "s3ObjectVersion",
                "snapStart",
                "sourceCodeHash",
                "tenancyConfig",
                "useResourceTimeoutForPropagation",
                "vpcConfig",
            }
        ),
        volatile=frozenset({"lastModified"}),
        drift=_drift_function,
        remove=lambda world, known: world.clients.client("lambda").delete_function(FunctionName=known.id),
        not_imported=frozenset({"code"}),
        refused=(
            Refusal(change={"memorySize": 64}, message="memorySize: 64 is less than the minimum of 128"),
            Refusal(change={"timeout": 901}, message="timeout: 901 is greater than the maximum of 900"),
            Refusal(change={"runtime": "python3.6"}, message="runtime: Runtime 'python3.6' was deprecated"),
            Refusal(change={"runtime": "python4"}, message="runtime: 'python4' is not one of"),
            Refusal(change={"role": "lambda-role"}, message="role: 'lambda-role' does not match"),
            Refusal(
                change={"environment": {"variables": {"AWS_REGION": "x"}}},
                message="environment.variables.AWS_REGION: 'AWS_REGION' is a reserved variable name",
            ),
            Refusal(
                change={"environment": {"variables": {"SIZE": 3}}},
                message="environment.variables.SIZE: must be a string, not an integer",
            ),
            Refusal(
                change={"environment": {"variable": {}}}, message="environment.variable: no such property; did you"
            ),
            Refusal(change={"tracingConfig": {"mode": "On"}}, message="tracingConfig.mode: 'On' is not one of"),
            Refusal(change={"packageType": "Image"}, message="packageType: the sandbox runs zip packages only"),
            Refusal(change={"architectures": ["sparc"]}, message="architectures[0]: 'sparc' is not one of"),
            Refusal(change={"name": "a b"}, message="name: 'a b' does not match"),
            Refusal(change={"code": None}, message="code: give exactly one of code and s3Bucket"),
            Refusal(change={"handler": None}, message="handler: is required for a zip package"),
        ),
    ),
    Case(
        token="aws:lambda/permission:Permission",
        base=lambda world: {
            "function": function(world).id,
            "action": "lambda:InvokeFunction",
            "principal": "apigateway.amazonaws.com",
            "statementId": "api",
            "sourceArn": "arn:aws:execute-api:ap-southeast-3:111122223333:abcdef1234/*/GET/hello",
            "sourceAccount": "111122223333",
        },
        replaces={
            "action": "lambda:GetFunction",
            "eventSourceToken": "token",
            "function": "another",
            "functionUrlAuthType": "AWS_IAM",
            "invokedViaFunctionUrl": True,
            "principal": "events.amazonaws.com",
            "principalOrgId": "o-0123456789",
            "qualifier": "live",
            "region": "eu-west-1",
            "sourceAccount": "444455556666",
            "sourceArn": "arn:aws:execute-api:ap-southeast-3:111122223333:abcdef1234/*/*",
            "statementId": "another",
        },
        untested={"statementIdPrefix": "excludes statementId; see test_naming.py"},
        absent=frozenset({"eventSourceToken", "functionUrlAuthType", "invokedViaFunctionUrl", "principalOrgId"}),
        import_id=lambda known: f"{known.state['function']}/{known.id}",
        remove=lambda world, known: world.clients.client("lambda").remove_permission(
            FunctionName=known.state["function"], StatementId=known.id
        ),
        refused=(
            Refusal(change={"action": "invoke"}, message="action: 'invoke' does not match"),
            Refusal(change={"sourceAccount": "1"}, message="sourceAccount: '1' does not match"),
            Refusal(change={"statementId": "a b"}, message="statementId: 'a b' does not match"),
            Refusal(change={"principal": None}, message="principal: is required and has no value"),
        ),
    ),
    Case(
        token="aws:lambda/layerVersion:LayerVersion",
        base=lambda world: {
            "layerName": world.name,
            "code": world.archive(**{"python/shared": "VALUE = 1\n"}),
            "compatibleRuntimes": ["python3.13", "python3.12"],
        },
        changes={"skipDestroy": True},
        replaces={
            "layerName": "another",
            "code": Archive(assets={}, hash="0"),
            "compatibleArchitectures": ["arm64"],
            "compatibleRuntimes": ["python3.13"],
            "description": "Shared code",
            "licenseInfo": "Apache-2.0",
            "region": "eu-west-1",
            "sourceCodeHash": "by hand",
        },
        untested=dict.fromkeys(("s3Bucket", "s3Key", "s3ObjectVersion"), "excludes code; see test_lambda.py"),
        absent=frozenset({"s3Bucket", "s3Key", "s3ObjectVersion"}),
        not_imported=frozenset({"code"}),
        remove=lambda world, known: world.clients.client("lambda").delete_layer_version(
            LayerName=known.state["layerName"], VersionNumber=int(known.state["version"])
        ),
        why_no_drift="a layer version cannot be changed",
        refused=(
            Refusal(
                change={"compatibleRuntimes": ["python4"]}, message="compatibleRuntimes[0]: 'python4' is not one of"
            ),
            Refusal(change={"layerName": "a b"}, message="layerName: 'a b' does not match"),
        ),
    ),
    Case(
        token="aws:lambda/alias:Alias",
        base=lambda world: {
            "functionName": function(world, publish=True).id,
            "functionVersion": "1",
            "name": "live",
        },
        changes={
            "functionVersion": "$LATEST",
            "description": "What callers get",
            "routingConfig": {"additionalVersionWeights": {"2": 0.1}},
        },
        replaces={"functionName": "another", "name": "test", "region": "eu-west-1"},
        absent=frozenset({"routingConfig"}),
        drift=_drift_alias,
        remove=lambda world, known: world.clients.client("lambda").delete_alias(
            FunctionName=known.state["functionName"], Name=known.state["name"]
        ),
        refused=(
            Refusal(change={"functionVersion": "newest"}, message="functionVersion: 'newest' does not match"),
            Refusal(change={"name": "1"}, message="name: '1' does not match"),
            Refusal(
                change={"routingConfig": {"additionalVersionWeights": {"2": 1.5}}},
                message="routingConfig.additionalVersionWeights.2: 1.5 is greater than the maximum of 1",
            ),
        ),
    ),
    Case(
        token="aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
        base=lambda world: {
            "functionName": function(world, publish=True).id,
            "qualifier": "1",
            "provisionedConcurrentExecutions": 1,
        },
        changes={"provisionedConcurrentExecutions": 2, "skipDestroy": True},
        replaces={"functionName": "another", "qualifier": "2", "region": "eu-west-1"},
        drift=_drift_concurrency,
        remove=lambda world, known: world.clients.client("lambda").delete_provisioned_concurrency_config(
            FunctionName=known.state["functionName"], Qualifier=known.state["qualifier"]
        ),
        refused=(
            Refusal(
                change={"provisionedConcurrentExecutions": 0},
                message="provisionedConcurrentExecutions: 0 is less than the minimum of 1",
            ),
        ),
    ),
)
