"""`gateway.integration_timeout`: nobody waits longer than `timeoutInMillis`."""

from tests.gateway.rest_api import Api, ApiWorkshop

SLOW_CODE = """
import time

def handle(event, context):
    time.sleep(1.5)
    return {"statusCode": 200, "body": "late"}
"""


def slow(workshop: ApiWorkshop, timeout: int | None) -> Api:
    workshop.function("slow", SLOW_CODE)
    api = workshop.api()
    api.route("/slow", function="slow", timeout=timeout)
    api.gateway_response("INTEGRATION_TIMEOUT", '{"said":$context.error.messageString}')
    api.deploy()
    return api


def test_the_emulator_alone_waits_for_the_function(emulator: ApiWorkshop) -> None:
    assert slow(emulator, 50).call("/slow").body == b"late"


def test_a_late_integration_is_a_504(sandbox: ApiWorkshop) -> None:
    answer = slow(sandbox, 50).call("/slow")
    assert (answer.status, answer.json) == (504, {"said": "Endpoint request timed out"})


def test_a_slow_function_within_the_time_is_waited_for(sandbox: ApiWorkshop) -> None:
    assert slow(sandbox, None).call("/slow").body == b"late"
