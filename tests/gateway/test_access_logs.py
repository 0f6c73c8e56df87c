"""`gateway.access_logs`: one line per request in the stage's format."""

import json
from typing import Any

from tests.gateway.rest_api import Api, ApiWorkshop, allow, deny
from tests.support.sandbox import ACCOUNT_ID, REGION

VARIABLES = {
    "requestId": "$context.requestId",
    "extendedRequestId": "$context.extendedRequestId",
    "ip": "$context.identity.sourceIp",
    "agent": "$context.identity.userAgent",
    "time": "$context.requestTime",
    "epoch": "$context.requestTimeEpoch",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "resource": "$context.resourcePath",
    "stage": "$context.stage",
    "protocol": "$context.protocol",
    "status": "$context.status",
    "length": "$context.responseLength",
    "latency": "$context.responseLatency",
    "integrationStatus": "$context.integrationStatus",
    "functionStatus": "$context.integration.status",
    "integrationLatency": "$context.integrationLatency",
    "principal": "$context.authorizer.principalId",
    "reason": "$context.authorizer.reason",
    "authorizerStatus": "$context.authorizer.status",
    "authorizerLatency": "$context.authorizer.latency",
    "authorizerError": "$context.authorizer.error",
    "error": "$context.error.message",
    "errorType": "$context.error.responseType",
    "certificate": "$context.identity.clientCert.subjectDN",
}
FORMAT = json.dumps(VARIABLES)


def log_group(workshop: ApiWorkshop) -> str:
    """The name of a new log group, in an account in which API Gateway may log."""
    workshop.gateway.update_account(
        patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": workshop.role}]
    )
    name = f"/aws/apigateway/access-{next(workshop.numbers)}"
    workshop.running.client("logs").create_log_group(logGroupName=name)
    return name


def lines(workshop: ApiWorkshop, group: str) -> list[str]:
    """The messages in a log group, in their order."""
    events = workshop.running.client("logs").filter_log_events(logGroupName=group)["events"]
    return [event["message"] for event in events]


def logging_api(workshop: ApiWorkshop, log_format: str = FORMAT, suffix: str = "") -> tuple[Api, str]:
    """An API with `GET /hello` behind the authorizer and a preflight, whose stage logs into the group."""
    group = log_group(workshop)
    api = workshop.api()
    resource = api.route("/hello", authorizer=api.authorizer())
    preflight(api, resource)
    api.deploy()
    log_to(api, f"{group}{suffix}", log_format)
    return api, group


def log_to(api: Api, group: str, log_format: str) -> None:
    """Sets the access log of the stage `prod`."""
    values = {"destinationArn": f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:{group}", "format": log_format}
    patch = [{"op": "replace", "path": f"/accessLogSettings/{name}", "value": value} for name, value in values.items()]
    api.gateway.update_stage(restApiId=api.api_id, stageName="prod", patchOperations=patch)


def preflight(api: Api, resource: str) -> None:
    place: dict[str, Any] = {"restApiId": api.api_id, "resourceId": resource, "httpMethod": "OPTIONS"}
    api.gateway.put_method(**place, authorizationType="NONE")
    api.gateway.put_integration(**place, type="MOCK", requestTemplates={"application/json": '{"statusCode": 204}'})
    api.gateway.put_method_response(**place, statusCode="204")
    api.gateway.put_integration_response(**place, statusCode="204")


def test_the_emulator_alone_logs_nothing(emulator: ApiWorkshop) -> None:
    api, group = logging_api(emulator)
    assert api.call("/hello", token=allow()).status == 200
    assert lines(emulator, group) == []


def test_an_allowed_request_is_logged_with_its_authorizer_and_integration(sandbox: ApiWorkshop) -> None:
    api, group = logging_api(sandbox)
    answer = api.call("/hello", token=allow(), headers={"User-Agent": "test/1"})
    (line,) = lines(sandbox, group)
    record = json.loads(line)
    numbers = {name: record.pop(name) for name in ("latency", "integrationLatency", "authorizerLatency", "epoch")}
    assert all(value.isdecimal() for value in numbers.values())
    assert int(numbers["latency"]) >= int(numbers["integrationLatency"])
    assert record.pop("time").endswith(" +0000")
    assert record == {
        "requestId": answer.headers["x-amzn-requestid"],
        "extendedRequestId": answer.headers["x-amz-apigw-id"],
        "ip": "127.0.0.1",
        "agent": "test/1",
        "method": "GET",
        "path": "/prod/hello",
        "resource": "/hello",
        "stage": "prod",
        "protocol": "HTTP/1.1",
        "status": "200",
        "length": str(len(answer.body)),
        "integrationStatus": "200",
        "functionStatus": "200",
        "principal": "caller",
        "reason": "-",
        "authorizerStatus": "200",
        "authorizerError": "-",
        "error": "-",
        "errorType": "-",
        "certificate": "-",
    }


def test_refused_and_failed_requests_and_preflights_are_logged(sandbox: ApiWorkshop) -> None:
    api, group = logging_api(sandbox)
    api.call("/hello")
    api.call("/hello", token={"raise": "Unauthorized"})
    api.call("/hello", token={"raise": "no"})
    api.call("/hello", token=deny(context={"reason": "insufficient_scope"}))
    api.call("/hello", method="OPTIONS")
    api.call("/nowhere")
    records = [json.loads(line) for line in lines(sandbox, group)]
    told = [
        tuple(
            record[name] for name in ("method", "status", "errorType", "authorizerStatus", "reason", "functionStatus")
        )
        for record in records
    ]
    assert told == [
        ("GET", "401", "UNAUTHORIZED", "401", "-", "-"),
        ("GET", "401", "UNAUTHORIZED", "401", "-", "-"),
        ("GET", "500", "AUTHORIZER_FAILURE", "500", "-", "-"),
        ("GET", "403", "ACCESS_DENIED", "200", "insufficient_scope", "-"),
        ("OPTIONS", "204", "-", "-", "-", "204"),
        ("GET", "403", "MISSING_AUTHENTICATION_TOKEN", "-", "-", "-"),
    ]


def test_nobody_can_forge_a_line_or_a_member(sandbox: ApiWorkshop) -> None:
    api, group = logging_api(sandbox)
    reason = 'x","status":"200\n{"requestId":"forged"}'
    api.call("/hello", token=deny(context={"reason": reason}), headers={"User-Agent": 'a","status":"200'})
    (line,) = lines(sandbox, group)
    assert "\n" not in line
    record = json.loads(line)
    assert (record["status"], record["reason"], record["agent"]) == ("403", reason, 'a","status":"200')


def test_a_line_names_the_invocations_of_the_functions_by_the_ids_in_their_logs(sandbox: ApiWorkshop) -> None:
    group = log_group(sandbox)
    api = sandbox.api()
    api.route("/hello", authorizer=api.authorizer())
    api.deploy()
    variables = ("authorizer.requestId", "integration.requestId", "awsEndpointRequestId")
    log_to(api, group, " ".join(f"$context.{name}" for name in ("requestId", *variables)))
    api.call("/hello", token=allow())
    api.call("/hello", token={"raise": "Unauthorized"})
    api.call("/hello")
    allowed, refused, not_asked = (line.split()[1:] for line in lines(sandbox, group))

    started = {
        function: "".join(line for line in lines(sandbox, f"/aws/lambda/{function}") if line.startswith("START "))
        for function in ("authorizer", "echo")
    }
    assert f"RequestId: {allowed[0]} " in started["authorizer"]
    assert f"RequestId: {allowed[1]} " in started["echo"]
    assert allowed[1] == allowed[2] != allowed[0]
    assert f"RequestId: {refused[0]} " in started["authorizer"]
    assert refused[0] != allowed[0]
    assert refused[1:] == ["-", "-"]
    assert not_asked == ["-", "-", "-"]


def test_a_format_that_is_not_json_stays_on_one_line(sandbox: ApiWorkshop) -> None:
    common = '$context.identity.sourceIp "$context.httpMethod $context.path" $context.status $context.requestId'
    api, group = logging_api(sandbox, f"{common} $context.authorizer.reason", suffix=":*")
    answer = api.call("/hello", token=deny(context={"reason": "a\nb"}))
    (line,) = lines(sandbox, group)
    assert line == f'127.0.0.1 "GET /prod/hello" 403 {answer.headers["x-amzn-requestid"]} a b'


def test_a_missing_log_group_does_not_disturb_the_answer_and_is_named_in_the_log(sandbox: ApiWorkshop) -> None:
    api, group = logging_api(sandbox)
    sandbox.running.client("logs").delete_log_group(logGroupName=group)
    assert [api.call("/hello", token=allow()).status for _ in range(2)] == [200, 200]
    assert sandbox.running.log().count(f"log-group:{group}, which is no log group here") == 1


def test_a_cached_authorizer_answer_has_a_principal_and_no_latency_of_its_own(sandbox: ApiWorkshop) -> None:
    group = log_group(sandbox)
    api = sandbox.api()
    api.route("/hello", authorizer=api.authorizer(ttl=300))
    log_format = "$context.requestId $context.authorizer.principalId $context.authorizer.integrationLatency"
    api.deploy()
    log_to(api, group, log_format)
    order = allow(statement=[{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}])
    for _ in range(2):
        api.call("/hello", token=order)
    first, second = (line.split()[1:] for line in lines(sandbox, group))
    assert first[0] == "caller"
    assert first[1].isdecimal()
    assert second == ["caller", "-"]


def test_the_length_is_that_of_the_body(sandbox: ApiWorkshop) -> None:
    api, group = logging_api(sandbox, "$context.requestId $context.httpMethod $context.responseLength")
    refused = api.call("/hello")
    api.call("/hello", method="OPTIONS")
    told = [line.split()[1:] for line in lines(sandbox, group)]
    assert told == [["GET", str(len(refused.body))], ["OPTIONS", "0"]]
