"""Gap: one call to a service that the emulator does not have costs it 400 MB for good and answers without an error
code.

What the emulator does: to learn whether the name in the signature is a service at all, it loads AWS's models of every
service, then answers 400 without a code (`An error occurred (400)`), or JSON to a client that expects XML.

What AWS does: the endpoint of a service refuses an operation that it does not have with a code in the service's own
protocol, UnknownOperationException or InvalidAction
(https://docs.aws.amazon.com/awssupport/latest/APIReference/CommonErrors.html). Calling AWS for what the sandbox lacks
would of course succeed: the message says that the sandbox is the reason.

The wrap reads the names from the first lines of the models instead, and answers such calls itself.
"""

import gzip
import json
import logging
import re
from collections.abc import Awaitable, Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any

import botocore
import cbor2

from sandbox.fidelity.emulator import Answer, emulator_module
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import require_parameters, wrap

application = emulator_module("app")
router = emulator_module("core.router")

logger = logging.getLogger("gatehouse.server")

CODE = "UnknownOperationException"
METADATA_BYTES = 4096
METADATA_NAMES = re.compile(r'"(?:endpointPrefix|signingName)"\s*:\s*"([^"]+)"')
Dispatcher = Callable[..., Awaitable[Answer]]

_named: set[str] = set()


def apply(settings: FidelitySettings) -> None:
    """Installs the wrap."""
    del settings
    require_parameters(application, "_routing_params", ("method", "path", "headers", "body", "query_params"))
    require_parameters(application, "detect_service", ("method", "path", "headers", "query_params"))
    require_parameters(application, "_unknown_query_error", ("body", "request_id"))
    wrap(router, "_is_aws_service_name", ("scope_name",), _by_first_lines, by=__name__)
    parameters = ("method", "path", "headers", "body", "query_params", "request_id")
    wrap(application, "_dispatch_service_request", parameters, _refusing, by=__name__)


def _by_first_lines(original: Callable[[str], bool]) -> Callable[[str], bool]:
    @wraps(original)
    def is_aws_service_name(scope_name: str) -> bool:
        return scope_name in aws_service_names()

    return is_aws_service_name


@cache
def aws_service_names() -> frozenset[str]:
    """Names of AWS's services: folder, endpoint prefix and signing name of each model that comes with botocore.

    The metadata stand at the beginning of a model, so a few kilobytes of each are unpacked, not all of 15 MB.
    """
    names: set[str] = set()
    for model in (Path(botocore.__file__).parent / "data").glob("*/*/service-2.json.gz"):
        names.add(model.parts[-3])
        with gzip.open(model) as content:
            head = content.read(METADATA_BYTES).decode("utf-8", errors="replace")
        names.update(METADATA_NAMES.findall(head))
    return frozenset(names)


def _refusing(original: Dispatcher) -> Dispatcher:
    @wraps(original)
    async def dispatch(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: Any, request_id: str
    ) -> Answer:
        parameters = application._routing_params(method, path, headers, body, query_params)
        service = application.detect_service(method, path, headers, parameters)
        if service in application.SERVICE_HANDLERS or service == "unknown_query":
            return await original(method, path, headers, body, query_params, request_id)
        if service not in _named:
            _named.add(service)
            logger.warning("the sandbox does not serve %s", service)
        return refusal(service, headers, body, request_id)

    return dispatch


def refusal(service: str, headers: dict[str, str], body: bytes, request_id: str) -> Answer:
    """The error in the protocol that the request speaks."""
    message = f"the sandbox does not serve {service}"
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return application._unknown_query_error(body, request_id)
    common = {"x-amzn-RequestId": request_id, "x-amzn-ErrorType": CODE}
    document = {"__type": CODE, "message": message}
    if headers.get("smithy-protocol") == "rpc-v2-cbor":
        return (
            400,
            {**common, "Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"},
            cbor2.dumps(document),
        )
    return 400, {**common, "Content-Type": "application/json"}, json.dumps(document).encode()
