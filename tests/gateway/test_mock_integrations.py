"""`gateway.mock_integrations`: what a MOCK integration answers."""

from typing import Any

from tests.gateway.rest_api import Api, ApiWorkshop

STATUS_204 = {"application/json": '{"statusCode": 204}'}
ORIGIN = "method.response.header.Access-Control-Allow-Origin"


def mock(
    workshop: ApiWorkshop,
    *,
    request: dict[str, str] | None = STATUS_204,
    template: str | None = None,
    responses: int = 1,
    status: str = "204",
) -> Api:
    """An API whose root answers OPTIONS with a MOCK integration."""
    api = workshop.api()
    place: dict[str, Any] = {"restApiId": api.api_id, "resourceId": api.root_id, "httpMethod": "OPTIONS"}
    api.gateway.put_method(**place, authorizationType="NONE")
    api.gateway.put_integration(**place, type="MOCK", **({} if request is None else {"requestTemplates": request}))
    api.gateway.put_method_response(**place, statusCode=status, responseParameters={ORIGIN: True})
    for _ in range(responses):
        api.gateway.put_integration_response(
            **place,
            statusCode=status,
            responseParameters={ORIGIN: "'*'"},
            responseTemplates={} if template is None else {"application/json": template},
        )
    api.deploy()
    return api


def test_the_emulator_alone_sends_a_body_with_a_204(emulator: ApiWorkshop) -> None:
    assert mock(emulator).call("/", method="OPTIONS").headers["content-length"] == "2"


def test_a_preflight_has_its_headers_and_no_body(sandbox: ApiWorkshop) -> None:
    for template in (None, ""):
        answer = mock(sandbox, template=template).call("/", method="OPTIONS")
        assert (answer.status, answer.body) == (204, b"")
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers.get("content-length", "0") == "0"


def test_a_response_template_reads_the_context(sandbox: ApiWorkshop) -> None:
    template = '{"id":"$context.requestId","path":"$context.path","ip":"$context.identity.sourceIp"}'
    api = mock(sandbox, request={"application/json": '{"statusCode": 200}'}, template=template, status="200")
    answer = api.call("/", method="OPTIONS")
    assert answer.json == {"id": answer.headers["x-amzn-requestid"], "path": "/prod/", "ip": "127.0.0.1"}


def test_a_mock_without_a_status_or_without_a_response_is_a_500(sandbox: ApiWorkshop) -> None:
    for api in (mock(sandbox, request=None), mock(sandbox, responses=0)):
        answer = api.call("/", method="OPTIONS")
        assert (answer.status, answer.json) == (500, {"message": "Internal server error"})
