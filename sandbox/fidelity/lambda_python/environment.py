"""The environment variables of a Python function: those that AWS documents, and the function's own. Pure.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, "Defined runtime environment
variables". Two more that a real function does not get: `AWS_ENDPOINT_URL`, because there is no AWS here for its SDK
to find, and `HOME` below the function's own folder, so that the SDK does not read this machine's `~/.aws`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.fidelity.emulator import mapping

JSON_LOG_FORMAT = "JSON"


@dataclass(frozen=True, kw_only=True)
class Execution:
    """One execution environment of a function.

    `configuration` has the shape of `GetFunctionConfiguration`. `credentials` are the role's, as variables.
    """

    configuration: Mapping[str, Any]
    credentials: Mapping[str, str]
    region: str
    endpoint_url: str
    runtime_api: str
    log_stream: str
    task_root: Path
    layers: Path
    home: Path
    runtime_packages: Path
    interpreter_folder: Path


def function_environment(execution: Execution) -> dict[str, str]:
    """All variables of the function's process. A function cannot set those that AWS reserves."""
    configuration = execution.configuration
    own = mapping(mapping(configuration.get("Environment")).get("Variables"))
    name = str(configuration["FunctionName"])
    logging = mapping(configuration.get("LoggingConfig"))
    overridable = {
        "AWS_ENDPOINT_URL": execution.endpoint_url,
        "HOME": str(execution.home),
        "LANG": "en_US.UTF-8",
        "LD_LIBRARY_PATH": f"{execution.task_root}:{execution.task_root}/lib:{execution.layers}/lib",
        "PATH": f"{execution.interpreter_folder}:/usr/local/bin:/usr/bin:/bin:{execution.layers}/bin",
        "PYTHONPATH": str(execution.runtime_packages),
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
    }
    reserved = {
        "_HANDLER": str(configuration["Handler"]),
        "AWS_DEFAULT_REGION": execution.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{configuration['Runtime']}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configuration.get("MemorySize", 128)),
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": str(configuration.get("Version", "$LATEST")),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": logging.get("LogGroup") or f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": execution.log_stream,
        "AWS_LAMBDA_RUNTIME_API": execution.runtime_api,
        "AWS_REGION": execution.region,
        "LAMBDA_RUNTIME_DIR": str(execution.runtime_packages),
        "LAMBDA_TASK_ROOT": str(execution.task_root),
        "TZ": ":UTC",
        **execution.credentials,
    }
    if logging.get("LogFormat") == JSON_LOG_FORMAT:
        reserved["AWS_LAMBDA_LOG_FORMAT"] = JSON_LOG_FORMAT
        reserved["AWS_LAMBDA_LOG_LEVEL"] = logging.get("ApplicationLogLevel", "INFO")
    return {**overridable, **own, **reserved}
