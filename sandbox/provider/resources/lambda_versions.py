"""What stands beside a function: layer versions, aliases, provisioned concurrency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sandbox.provider.deployment_package import deployment_package
from sandbox.provider.resource_type import (
    ApiShape,
    AutoName,
    CloudFormationShape,
    Imported,
    Operation,
    Problem,
    ResourceType,
)
from sandbox.provider.resources.lambda_arns import invoke_arn
from sandbox.provider.values import Archive, Properties, object_of


def _publish_layer(operation: Operation) -> str:
    inputs = operation.inputs
    content: dict[str, Any] = {}
    if isinstance(inputs.get("code"), Archive):
        content["ZipFile"] = deployment_package(inputs["code"], operation.program_directory)
    else:
        content.update({"S3Bucket": inputs["s3Bucket"], "S3Key": inputs["s3Key"]})
        if inputs.get("s3ObjectVersion"):
            content["S3ObjectVersion"] = inputs["s3ObjectVersion"]
    optional = {
        "CompatibleArchitectures": inputs.get("compatibleArchitectures"),
        "CompatibleRuntimes": inputs.get("compatibleRuntimes"),
        "Description": inputs.get("description"),
        "LicenseInfo": inputs.get("licenseInfo"),
    }
    made = operation.client("lambda").publish_layer_version(
        LayerName=inputs["layerName"], Content=content, **{key: value for key, value in optional.items() if value}
    )
    return str(made["LayerVersionArn"])


def _read_layer(operation: Operation) -> Properties | None:
    layer_arn, _, version = operation.id.rpartition(":")
    found = operation.client("lambda").get_layer_version_by_arn(Arn=operation.id)
    content = found["Content"]
    sha256 = content["CodeSha256"]
    return {
        "arn": operation.id,
        "code": operation.inputs.get("code"),
        "codeSha256": sha256,
        "compatibleArchitectures": sorted(found.get("CompatibleArchitectures", [])),
        "compatibleRuntimes": sorted(found.get("CompatibleRuntimes", [])),
        "createdDate": found["CreatedDate"],
        "description": found.get("Description", ""),
        "layerArn": layer_arn,
        "layerName": layer_arn.rpartition(":")[2],
        "licenseInfo": found.get("LicenseInfo", ""),
        "signingJobArn": content.get("SigningJobArn", ""),
        "signingProfileVersionArn": content.get("SigningProfileVersionArn", ""),
        "sourceCodeHash": operation.inputs.get("sourceCodeHash", sha256),
        "sourceCodeSize": content["CodeSize"],
        "version": version,
    }


def _keep_layer(operation: Operation) -> None:
    """Only `skipDestroy` can change in place, and AWS never learns of it."""
    del operation


def _delete_layer(operation: Operation) -> None:
    if operation.inputs.get("skipDestroy"):
        return
    layer_arn, _, version = operation.id.rpartition(":")
    operation.client("lambda").delete_layer_version(LayerName=layer_arn.rpartition(":")[2], VersionNumber=int(version))


def _import_layer(identifier: str) -> Imported:
    if identifier.count(":") != 7:
        raise ValueError(f"{identifier!r} must be the ARN of a layer version")
    return Imported(id=identifier)


def _check_layer(inputs: Properties) -> Iterable[Problem]:
    if ("code" in inputs) == ("s3Bucket" in inputs):
        yield Problem(path=("code",), message="give exactly one of code and s3Bucket")


def _translated_layer(properties: dict[str, Any]) -> dict[str, Any]:
    translated = dict(properties)
    translated.setdefault("Content", {"S3Bucket": "package", "S3Key": "package.zip"})
    return translated


def _alias_request(operation: Operation) -> dict[str, Any]:
    inputs = operation.inputs
    weights = dict(object_of(object_of(inputs.get("routingConfig")).get("additionalVersionWeights")))
    return {
        "FunctionName": inputs["functionName"],
        "FunctionVersion": inputs["functionVersion"],
        "Description": inputs.get("description", ""),
        "RoutingConfig": {"AdditionalVersionWeights": weights},
    }


def _create_alias(operation: Operation) -> str:
    return str(
        operation.client("lambda").create_alias(Name=operation.inputs["name"], **_alias_request(operation))["AliasArn"]
    )


def _read_alias(operation: Operation) -> Properties | None:
    function, name = _function_and_alias(operation.id)
    found = operation.client("lambda").get_alias(FunctionName=function, Name=name)
    weights = object_of(found.get("RoutingConfig")).get("AdditionalVersionWeights")
    return {
        "arn": found["AliasArn"],
        "description": found.get("Description", ""),
        "functionName": operation.inputs.get("functionName", function),
        "functionVersion": found["FunctionVersion"],
        "invokeArn": invoke_arn(operation.clients, found["AliasArn"]),
        "name": found["Name"],
        "routingConfig": {"additionalVersionWeights": weights} if weights else None,
    }


def _update_alias(operation: Operation) -> None:
    _, name = _function_and_alias(operation.id)
    operation.client("lambda").update_alias(Name=name, **_alias_request(operation))


def _delete_alias(operation: Operation) -> None:
    function, name = _function_and_alias(operation.id)
    operation.client("lambda").delete_alias(FunctionName=function, Name=name)


def _function_and_alias(arn: str) -> tuple[str, str]:
    # arn:aws:lambda:<region>:<account>:function:<function>:<alias>
    parts = arn.split(":")
    return parts[6], parts[7]


def _import_alias(identifier: str) -> Imported:
    if identifier.count(":") != 7:
        raise ValueError(f"{identifier!r} must be the alias's ARN")
    return Imported(id=identifier, inputs={"functionName": identifier.split(":")[6]})


def _put_concurrency(operation: Operation) -> str:
    inputs = operation.inputs
    operation.client("lambda").put_provisioned_concurrency_config(
        FunctionName=inputs["functionName"],
        Qualifier=inputs["qualifier"],
        ProvisionedConcurrentExecutions=inputs["provisionedConcurrentExecutions"],
    )
    return f"{inputs['functionName']},{inputs['qualifier']}"


def _read_concurrency(operation: Operation) -> Properties | None:
    function, qualifier = operation.id.rsplit(",", 1)
    found = operation.client("lambda").get_provisioned_concurrency_config(FunctionName=function, Qualifier=qualifier)
    return {
        "functionName": function,
        "provisionedConcurrentExecutions": found["RequestedProvisionedConcurrentExecutions"],
        "qualifier": qualifier,
    }


def _update_concurrency(operation: Operation) -> None:
    _put_concurrency(operation)


def _delete_concurrency(operation: Operation) -> None:
    if operation.inputs.get("skipDestroy"):
        return
    function, qualifier = operation.id.rsplit(",", 1)
    operation.client("lambda").delete_provisioned_concurrency_config(FunctionName=function, Qualifier=qualifier)


def _import_concurrency(identifier: str) -> Imported:
    function, separator, qualifier = identifier.rpartition(",")
    if not (function and separator and qualifier):
        raise ValueError(f"{identifier!r} must be <function name>,<qualifier>")
    return Imported(id=identifier, inputs={"functionName": function, "qualifier": qualifier})


_ARCHIVE_INPUTS: Final = frozenset({"s3Bucket", "s3Key", "s3ObjectVersion", "skipDestroy", "sourceCodeHash"})
_LAYER_INPUTS: Final = frozenset(
    {"layerName", "code", "compatibleArchitectures", "compatibleRuntimes", "description", "licenseInfo"}
)
_API_FUNCTION: Final[Mapping[str, str]] = {"functionName": "FunctionName"}

RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:lambda/layerVersion:LayerVersion",  # noqa: S106 - a type token
        create=_publish_layer,
        read=_read_layer,
        update=_keep_layer,
        delete=_delete_layer,
        check=_check_layer,
        replaces=_LAYER_INPUTS | _ARCHIVE_INPUTS - {"skipDestroy"},
        defaults={"skipDestroy": False},
        computed=frozenset({"sourceCodeHash"}),
        unordered=frozenset({"compatibleArchitectures", "compatibleRuntimes"}),
        write_only=_ARCHIVE_INPUTS | {"code"},
        import_id=_import_layer,
        cloudformation=CloudFormationShape(
            type_name="AWS::Lambda::LayerVersion",
            renames={
                "s3Bucket": "Content.S3Bucket",
                "s3Key": "Content.S3Key",
                "s3ObjectVersion": "Content.S3ObjectVersion",
            },
            omits=frozenset({"code", "skipDestroy", "sourceCodeHash"}),
            adjust=_translated_layer,
        ),
        # CloudFormation's pattern for the name is not anchored.
        api=ApiShape(service="lambda", operation="PublishLayerVersion", members={"layerName": "LayerName"}),
    ),
    ResourceType(
        token="aws:lambda/alias:Alias",  # noqa: S106 - a type token
        create=_create_alias,
        read=_read_alias,
        update=_update_alias,
        delete=_delete_alias,
        replaces=frozenset({"functionName", "name"}),
        computed=frozenset({"name"}),
        auto_name=AutoName(maximum_length=128),
        locators=frozenset({"functionName"}),
        import_id=_import_alias,
        cloudformation=CloudFormationShape(
            type_name="AWS::Lambda::Alias",
            omits=frozenset({"routingConfig"}),
        ),
        api=ApiShape(
            service="lambda",
            operation="CreateAlias",
            members={
                **_API_FUNCTION,
                "routingConfig.additionalVersionWeights": "RoutingConfig.AdditionalVersionWeights",
            },
        ),
    ),
    ResourceType(
        token="aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",  # noqa: S106 - a type token
        create=_put_concurrency,
        read=_read_concurrency,
        update=_update_concurrency,
        delete=_delete_concurrency,
        replaces=frozenset({"functionName", "qualifier"}),
        defaults={"skipDestroy": False},
        write_only=frozenset({"skipDestroy"}),
        locators=frozenset({"functionName", "qualifier"}),
        import_id=_import_concurrency,
        missing_codes=frozenset({"ResourceNotFoundException", "ProvisionedConcurrencyConfigNotFoundException"}),
        api=ApiShape(
            service="lambda",
            operation="PutProvisionedConcurrencyConfig",
            members={
                **_API_FUNCTION,
                "qualifier": "Qualifier",
                "provisionedConcurrentExecutions": "ProvisionedConcurrentExecutions",
            },
        ),
    ),
)
