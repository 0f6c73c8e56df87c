"""A function's configuration, both ways: inputs -> what CreateFunction and UpdateFunctionConfiguration want, and AWS's
answer -> outputs.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.provider.values import Properties, list_of, object_of

CONFIGURATION_INPUTS: Final = frozenset(
    {
        "deadLetterConfig",
        "description",
        "environment",
        "ephemeralStorage",
        "fileSystemConfig",
        "handler",
        "kmsKeyArn",
        "layers",
        "loggingConfig",
        "memorySize",
        "role",
        "runtime",
        "snapStart",
        "timeout",
        "tracingConfig",
        "vpcConfig",
    }
)


def requested_configuration(inputs: Mapping[str, Any], *, created: bool) -> dict[str, Any]:
    """Members that CreateFunction and UpdateFunctionConfiguration share. An update must also say what is not wanted any
    more.
    """
    configuration: dict[str, Any] = {
        "Role": inputs["role"],
        "Handler": inputs.get("handler"),
        "Runtime": inputs.get("runtime"),
        "MemorySize": inputs["memorySize"],
        "Timeout": inputs["timeout"],
        "Description": inputs.get("description", ""),
        "KMSKeyArn": inputs.get("kmsKeyArn", ""),
        "Environment": {"Variables": dict(object_of(object_of(inputs.get("environment")).get("variables")))},
        "Layers": inputs.get("layers") or [],
        "DeadLetterConfig": {"TargetArn": object_of(inputs.get("deadLetterConfig")).get("targetArn", "")},
        "FileSystemConfigs": [_renamed(inputs["fileSystemConfig"])] if inputs.get("fileSystemConfig") else [],
        "SnapStart": {"ApplyOn": object_of(inputs.get("snapStart")).get("applyOn", "None")},
        "VpcConfig": _wanted_vpc(inputs),
    }
    for name, member in (
        ("ephemeralStorage", "EphemeralStorage"),
        ("tracingConfig", "TracingConfig"),
        ("loggingConfig", "LoggingConfig"),
    ):
        if inputs.get(name):
            configuration[member] = _renamed(inputs[name])
    if created:
        empty: tuple[Any, ...] = (None, "", [], {"Variables": {}}, {"TargetArn": ""}, {"ApplyOn": "None"}, {})
        return {
            name: value
            for name, value in configuration.items()
            if value not in empty and not (name == "VpcConfig" and not inputs.get("vpcConfig"))
        }
    return {name: value for name, value in configuration.items() if value is not None}


def _wanted_vpc(inputs: Mapping[str, Any]) -> dict[str, Any]:
    wanted = object_of(inputs.get("vpcConfig"))
    vpc: dict[str, Any] = {
        "SubnetIds": wanted.get("subnetIds", []),
        "SecurityGroupIds": wanted.get("securityGroupIds", []),
    }
    if "ipv6AllowedForDualStack" in wanted:
        vpc["Ipv6AllowedForDualStack"] = wanted["ipv6AllowedForDualStack"]
    return vpc


def _renamed(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name[:1].upper() + name[1:]: value for name, value in values.items()}


def target_output(configuration: Mapping[str, Any] | None) -> Properties | None:
    """`deadLetterConfig`, absent without a target."""
    target = object_of(configuration).get("TargetArn")
    return {"targetArn": target} if target else None


def environment_output(configuration: Mapping[str, Any]) -> Properties | None:
    """`environment`, absent without variables."""
    variables = configuration.get("Environment", {}).get("Variables")
    return {"variables": variables} if variables else None


def file_system_output(configuration: Mapping[str, Any]) -> Properties | None:
    """`fileSystemConfig`, absent without one."""
    systems = list_of(configuration.get("FileSystemConfigs"))
    return {"arn": systems[0]["Arn"], "localMountPath": systems[0]["LocalMountPath"]} if systems else None


def logging_output(configuration: Mapping[str, Any], name: str) -> Properties:
    """`loggingConfig`; AWS's own group and format when nothing was asked for."""
    logging = configuration.get("LoggingConfig", {})
    return {
        "applicationLogLevel": logging.get("ApplicationLogLevel", ""),
        "logFormat": logging.get("LogFormat", "Text"),
        "logGroup": logging.get("LogGroup", f"/aws/lambda/{name}"),
        "systemLogLevel": logging.get("SystemLogLevel", ""),
    }


def snap_start_output(configuration: Mapping[str, Any]) -> Properties | None:
    """`snapStart`, absent when off."""
    snap_start = configuration.get("SnapStart", {})
    if snap_start.get("ApplyOn", "None") == "None":
        return None
    return {"applyOn": snap_start["ApplyOn"], "optimizationStatus": snap_start.get("OptimizationStatus", "Off")}


def vpc_output(configuration: Mapping[str, Any]) -> Properties | None:
    """`vpcConfig`, absent outside a VPC."""
    vpc = object_of(configuration.get("VpcConfig"))
    if not vpc.get("SubnetIds"):
        return None
    return {
        "ipv6AllowedForDualStack": vpc.get("Ipv6AllowedForDualStack", False),
        "securityGroupIds": sorted(vpc["SecurityGroupIds"]),
        "subnetIds": sorted(vpc["SubnetIds"]),
        "vpcId": vpc.get("VpcId", ""),
    }
