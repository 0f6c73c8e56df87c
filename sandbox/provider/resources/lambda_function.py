"""Lambda functions (`aws:lambda/function:Function`) from zip packages.

Deliberately no container images: the emulator runs functions as processes, without Docker.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sandbox.provider.deployment_package import deployment_package
from sandbox.provider.resource_type import (
    ApiShape,
    AutoName,
    CloudFormationShape,
    Operation,
    Problem,
    ResourceType,
)
from sandbox.provider.resources.lambda_arns import invoke_arn, streaming_invoke_arn, wait_until_settled
from sandbox.provider.resources.lambda_configuration import (
    CONFIGURATION_INPUTS,
    environment_output,
    file_system_output,
    logging_output,
    requested_configuration,
    snap_start_output,
    target_output,
    vpc_output,
)
from sandbox.provider.resources.tagging import tag_changes
from sandbox.provider.values import Archive, Properties

UNRESERVED: Final = -1
"""`reservedConcurrentExecutions` of a function that has no reservation."""

CODE_INPUTS: Final = frozenset(
    {"code", "s3Bucket", "s3Key", "s3ObjectVersion", "sourceCodeHash", "codeSha256", "architectures", "sourceKmsKeyArn"}
)


def _create(operation: Operation) -> str:
    client, inputs = operation.client("lambda"), operation.inputs
    name = str(inputs["name"])
    request: dict[str, Any] = {
        "FunctionName": name,
        "PackageType": inputs["packageType"],
        "Publish": inputs["publish"],
        "Code": _code(operation),
        **requested_configuration(inputs, created=True),
    }
    if inputs.get("architectures"):
        request["Architectures"] = inputs["architectures"]
    if operation.tags:
        request["Tags"] = dict(operation.tags)
    client.create_function(**request)
    operation.created(name)
    wait_until_settled(client, name)
    if inputs["reservedConcurrentExecutions"] != UNRESERVED:
        _reserve_concurrency(operation, name)
    return name


def _read(operation: Operation) -> Properties | None:
    client = operation.client("lambda")
    found = client.get_function(FunctionName=operation.id)
    configuration: Mapping[str, Any] = found["Configuration"]
    arn = str(configuration["FunctionArn"])
    version = _newest_version(client, operation.id) if operation.inputs.get("publish") else "$LATEST"
    reserved = found.get("Concurrency", {}).get("ReservedConcurrentExecutions", UNRESERVED)
    return {
        "architectures": configuration.get("Architectures", ["x86_64"]),
        "arn": arn,
        "code": _live_code(operation, str(configuration["CodeSha256"])),
        "codeSha256": configuration["CodeSha256"],
        "codeSigningConfigArn": "",
        "deadLetterConfig": target_output(configuration.get("DeadLetterConfig")),
        "description": configuration.get("Description", ""),
        "environment": environment_output(configuration),
        "ephemeralStorage": {"size": configuration.get("EphemeralStorage", {}).get("Size", 512)},
        "fileSystemConfig": file_system_output(configuration),
        "handler": configuration.get("Handler", ""),
        "imageUri": "",
        "invokeArn": invoke_arn(operation.clients, arn),
        "kmsKeyArn": configuration.get("KMSKeyArn", ""),
        "lastModified": configuration["LastModified"],
        "layers": [layer["Arn"] for layer in configuration.get("Layers", [])],
        "loggingConfig": logging_output(configuration, operation.id),
        "memorySize": configuration["MemorySize"],
        "name": configuration["FunctionName"],
        "packageType": configuration.get("PackageType", "Zip"),
        "qualifiedArn": f"{arn}:{version}",
        "qualifiedInvokeArn": invoke_arn(operation.clients, f"{arn}:{version}"),
        "reservedConcurrentExecutions": reserved,
        "responseStreamingInvokeArn": streaming_invoke_arn(operation.clients, arn),
        "role": configuration["Role"],
        "runtime": configuration.get("Runtime", ""),
        "signingJobArn": configuration.get("SigningJobArn", ""),
        "signingProfileVersionArn": configuration.get("SigningProfileVersionArn", ""),
        "snapStart": snap_start_output(configuration),
        "sourceCodeSize": configuration["CodeSize"],
        "sourceKmsKeyArn": "",
        "tagsAll": found.get("Tags", {}),
        "timeout": configuration["Timeout"],
        "tracingConfig": {"mode": configuration.get("TracingConfig", {}).get("Mode", "PassThrough")},
        "version": version,
        "vpcConfig": vpc_output(configuration),
    }


def _update(operation: Operation) -> None:
    client, inputs, changed = operation.client("lambda"), operation.inputs, operation.changed
    if changed & CODE_INPUTS:
        architectures = {"Architectures": inputs["architectures"]} if inputs.get("architectures") else {}
        client.update_function_code(FunctionName=operation.id, **_code(operation), **architectures)
        wait_until_settled(client, operation.id)
    if changed & CONFIGURATION_INPUTS:
        client.update_function_configuration(
            FunctionName=operation.id, **requested_configuration(inputs, created=False)
        )
        wait_until_settled(client, operation.id)
    if "reservedConcurrentExecutions" in changed:
        _reserve_concurrency(operation, operation.id)
    changes = tag_changes(operation)
    if changes.removed:
        client.untag_resource(Resource=operation.state["arn"], TagKeys=changes.removed)
    if changes.added:
        client.tag_resource(Resource=operation.state["arn"], Tags=changes.added)
    if inputs["publish"] and changed & (CODE_INPUTS | CONFIGURATION_INPUTS | {"publish"}):
        client.publish_version(FunctionName=operation.id)
        wait_until_settled(client, operation.id)


def _delete(operation: Operation) -> None:
    # `skipDestroy` keeps published versions; the whole function stays then, as with the official provider.
    if not operation.inputs.get("skipDestroy"):
        operation.client("lambda").delete_function(FunctionName=operation.id)


def _reserve_concurrency(operation: Operation, name: str) -> None:
    client, amount = operation.client("lambda"), operation.inputs["reservedConcurrentExecutions"]
    if amount == UNRESERVED:
        client.delete_function_concurrency(FunctionName=name)
    else:
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=amount)


def _code(operation: Operation) -> dict[str, Any]:
    inputs = operation.inputs
    code: dict[str, Any] = {}
    if isinstance(inputs.get("code"), Archive):
        code["ZipFile"] = deployment_package(inputs["code"], operation.program_directory)
    else:
        code.update({"S3Bucket": inputs["s3Bucket"], "S3Key": inputs["s3Key"]})
        if inputs.get("s3ObjectVersion"):
            code["S3ObjectVersion"] = inputs["s3ObjectVersion"]
    return code


def _live_code(operation: Operation, live_sha256: str) -> Any:
    """The archive as the program gave it, unless AWS runs other code than this provider put there."""
    code = operation.inputs.get("code")
    known = operation.state.get("codeSha256")
    if code is None or operation.written or known in (None, live_sha256):
        return code
    return Archive(hash=live_sha256)


def _newest_version(client: Any, name: str) -> str:
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=name)
    numbers = [int(each["Version"]) for page in pages for each in page["Versions"] if each["Version"] != "$LATEST"]
    return str(max(numbers)) if numbers else "$LATEST"


def _check(inputs: Properties) -> Iterable[Problem]:
    if ("code" in inputs) == ("s3Bucket" in inputs):
        yield Problem(path=("code",), message="give exactly one of code and s3Bucket")
    if ("s3Bucket" in inputs) != ("s3Key" in inputs):
        yield Problem(path=("s3Key",), message="s3Bucket and s3Key belong together")
    if inputs["packageType"] == "Image":
        yield Problem(path=("packageType",), message="the sandbox runs zip packages only; deploy images to AWS")
    for name in ("handler", "runtime"):
        if name not in inputs:
            yield Problem(path=(name,), message="is required for a zip package")


def _translated(properties: dict[str, Any]) -> dict[str, Any]:
    translated = dict(properties)
    # The package itself is judged when it is made; for CloudFormation it lies in S3.
    translated.setdefault("Code", {"S3Bucket": "package", "S3Key": "package.zip"})
    if translated.get("ReservedConcurrentExecutions") == UNRESERVED:
        del translated["ReservedConcurrentExecutions"]
    if "FileSystemConfigs" in translated:
        translated["FileSystemConfigs"] = [translated["FileSystemConfigs"]]
    return translated


_NEEDS_DOCKER: Final = "functions run as processes from zip packages, without Docker"
_NO_EMULATION: Final = "the emulator stores it without effect"

RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:lambda/function:Function",  # noqa: S106 - a type token
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        check=_check,
        replaces=frozenset({"name", "packageType"}),
        defaults={
            "memorySize": 128,
            "packageType": "Zip",
            "publish": False,
            "reservedConcurrentExecutions": UNRESERVED,
            "skipDestroy": False,
            "timeout": 3,
        },
        computed=frozenset(
            {"architectures", "codeSha256", "ephemeralStorage", "loggingConfig", "name", "tracingConfig"}
        ),
        auto_name=AutoName(maximum_length=64),
        unordered=frozenset({"vpcConfig.securityGroupIds", "vpcConfig.subnetIds"}),
        write_only=frozenset(
            {
                "publish",
                "s3Bucket",
                "s3Key",
                "s3ObjectVersion",
                "skipDestroy",
                "sourceCodeHash",
                "useResourceTimeoutForPropagation",
            }
        ),
        recomputed={
            "codeSha256": CODE_INPUTS,
            "lastModified": CODE_INPUTS | CONFIGURATION_INPUTS,
            "qualifiedArn": CODE_INPUTS | CONFIGURATION_INPUTS | {"publish"},
            "qualifiedInvokeArn": CODE_INPUTS | CONFIGURATION_INPUTS | {"publish"},
            "sourceCodeSize": CODE_INPUTS,
            "version": CODE_INPUTS | CONFIGURATION_INPUTS | {"publish"},
        },
        unsupported={
            "capacityProviderConfig": _NO_EMULATION,
            "codeSigningConfigArn": _NO_EMULATION,
            "durableConfig": _NO_EMULATION,
            "imageConfig": _NEEDS_DOCKER,
            "imageUri": _NEEDS_DOCKER,
            "publishTo": _NO_EMULATION,
            "replaceSecurityGroupsOnDestroy": _NO_EMULATION,
            "replacementSecurityGroupIds": _NO_EMULATION,
            "sourceKmsKeyArn": _NO_EMULATION,
            "tenancyConfig": _NO_EMULATION,
        },
        cloudformation=CloudFormationShape(
            type_name="AWS::Lambda::Function",
            renames={
                "name": "FunctionName",
                "fileSystemConfig": "FileSystemConfigs",
                "s3Bucket": "Code.S3Bucket",
                "s3Key": "Code.S3Key",
                "s3ObjectVersion": "Code.S3ObjectVersion",
            },
            omits=frozenset(
                {
                    "code",
                    "codeSha256",
                    "publish",
                    "skipDestroy",
                    "snapStart.optimizationStatus",
                    "sourceCodeHash",
                    "useResourceTimeoutForPropagation",
                    "vpcConfig.vpcId",
                }
            ),
            adjust=_translated,
        ),
        api=ApiShape(service="lambda", operation="CreateFunction", members={"name": "FunctionName"}),
    ),
)
