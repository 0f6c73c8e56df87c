"""A call to a service that the emulator lacks costs nothing and says so in the service's own protocol."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from tests.support.sandbox import RunningSandbox

MEGABYTE = 1024
CALLS = {
    "xray": "get_sampling_rules",
    "acm-pca": "list_certificate_authorities",
    "guardduty": "list_detectors",
    "oam": "list_links",
    "rolesanywhere": "list_profiles",
}


def resident_kilobytes(sandbox: RunningSandbox) -> int:
    """What the process has in memory (proc(5))."""
    lines = Path(f"/proc/{sandbox.endpoints.pid}/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])


def call(sandbox: RunningSandbox, service: str, operation: str) -> Any:
    """One call as root."""
    return getattr(sandbox.client(service), operation)()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory of another process is only seen on Linux")
def test_without_the_module_one_call_costs_hundreds_of_megabytes(bare: RunningSandbox) -> None:
    before = resident_kilobytes(bare)
    with pytest.raises(ClientError) as error:
        call(bare, "xray", "get_sampling_rules")
    assert error.value.response["Error"]["Code"] == "400"
    assert resident_kilobytes(bare) - before > 200 * MEGABYTE


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory of another process is only seen on Linux")
def test_such_calls_cost_next_to_nothing(sandbox: RunningSandbox) -> None:
    before = resident_kilobytes(sandbox)
    for service, operation in CALLS.items():
        with pytest.raises(ClientError):
            call(sandbox, service, operation)
    assert resident_kilobytes(sandbox) - before < 50 * MEGABYTE


@pytest.mark.parametrize(("service", "operation"), CALLS.items())
def test_the_answer_names_the_service_and_the_sandbox(sandbox: RunningSandbox, service: str, operation: str) -> None:
    with pytest.raises(ClientError, match=f"the sandbox does not serve {service}") as error:
        call(sandbox, service, operation)
    assert error.value.response["Error"]["Code"] == "UnknownOperationException"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_without_the_module_a_client_that_expects_xml_gets_json(bare: RunningSandbox) -> None:
    with pytest.raises(ResponseParserError):
        call(bare, "redshift", "describe_clusters")


def test_a_client_that_expects_xml_gets_xml(sandbox: RunningSandbox) -> None:
    with pytest.raises(ClientError) as error:
        call(sandbox, "redshift", "describe_clusters")
    assert error.value.response["Error"]["Code"] == "InvalidAction"


def test_a_service_that_it_has_is_served(sandbox: RunningSandbox) -> None:
    assert call(sandbox, "sts", "get_caller_identity")["Account"] == "111122223333"
