"""Secrets Manager and Cognito without an SDK: what is sent beside botocore's model, what is sent again, and errors."""

import functools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.loaders import Loader

from aws_calls.endpoints import HttpEndpoint, endpoint_url
from aws_calls.errors import Denied, NoAnswer, NotSent, Refused, Throttled
from aws_calls.json_apis import ATTEMPTS, SECRETS_MANAGER, USER_POOLS, VERSION, JsonApi, api_calls
from tests.functions.aws_calls.aws_service import Service, reply, running_service
from tests.functions.aws_model import service_model

ENVIRONMENT = {
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "token",
}
NOW = 1_767_225_600.0
# Each makes another one every time.
ONCE = ("CreateUserPoolClient", "AddUserPoolClientSecret")
APIS = pytest.mark.parametrize("api", [SECRETS_MANAGER, USER_POOLS], ids=lambda api: api.service)


@pytest.fixture
def service() -> Iterator[Service]:
    with running_service() as running:
        yield running


class Client:
    """Calls of an API, with the pauses that they made; ends its connections with the test."""

    def __init__(self, api: JsonApi, url: str) -> None:
        self.pauses: list[float] = []
        self.endpoint = HttpEndpoint(url)
        self.call: Callable[[str, dict[str, Any]], dict[str, Any]] = api_calls(
            api, ENVIRONMENT, endpoint=self.endpoint, clock=lambda: NOW, pause=self.pauses.append
        )


@functools.cache
def endpoint_rules(service: str) -> EndpointProvider:
    """AWS's own rules for where a service is, as botocore ships them."""
    loader = Loader(include_default_search_paths=True)
    return EndpointProvider(
        ruleset_data=loader.load_service_model(service, "endpoint-rule-set-1"),
        partition_data=loader.load_data("partitions"),
    )


Connect = Callable[[JsonApi], Client]


@pytest.fixture
def connect(service: Service) -> Iterator[Connect]:
    made: list[Client] = []

    def connected(api: JsonApi) -> Client:
        made.append(Client(api, service.url))
        return made[-1]

    yield connected
    for client in made:
        client.endpoint.close()


def error(code: str, status: int = 400, message: str = "m", member: str = "message") -> bytes:
    return reply(status, json.dumps({"__type": code, member: message}).encode())


@APIS
def test_a_call_is_what_botocores_model_says_of_the_service(api: JsonApi, service: Service, connect: Connect) -> None:
    service.replies = [reply(body=b'{"Name": "n"}')]
    operation = sorted(api.repeatable)[0]
    assert connect(api).call(operation, {"SecretId": "s"}) == {"Name": "n"}
    [(headers, body)] = service.requests
    model = service_model(api.service).metadata
    assert model["protocol"] == "json"
    assert (
        headers["content-type"]
        == f"application/x-amz-json-{model['jsonVersion']}"
        == f"application/x-amz-json-{VERSION}"
    )
    assert headers["x-amz-target"] == f"{model['targetPrefix']}.{operation}"
    signed_for = model.get("signingName") or model["endpointPrefix"]
    scope = f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-west-1/{signed_for}/aws4_request"
    assert headers["authorization"].startswith(scope)
    assert headers["x-amz-security-token"] == "token"
    assert json.loads(body) == {"SecretId": "s"}


@APIS
def test_the_operations_that_may_be_repeated_exist(api: JsonApi) -> None:
    assert api.repeatable <= set(service_model(api.service).operation_names)


@APIS
@pytest.mark.parametrize("region", ["eu-west-1", "ap-southeast-3", "cn-north-1", "us-gov-west-1"])
def test_the_endpoint_is_the_one_that_botocore_finds(api: JsonApi, region: str) -> None:
    found: Any = endpoint_rules(api.service).resolve_endpoint(Region=region, UseFIPS=False, UseDualStack=False)
    assert endpoint_url(api.service, {"AWS_REGION": region}) == found.url


@pytest.mark.parametrize("service_name", ["secretsmanager", "cognito-idp", "logs", "dynamodb", "sts"])
def test_the_setting_of_an_endpoint_is_named_as_the_sdks_name_it(service_name: str) -> None:
    sdks = service_model(service_name).service_id.upper().replace(" ", "_")
    environment = {"AWS_REGION": "r", "AWS_ENDPOINT_URL": "http://all", f"AWS_ENDPOINT_URL_{sdks}": "http://one"}
    assert endpoint_url(service_name, environment) == "http://one"


def test_an_answer_without_content_is_an_empty_document(service: Service, connect: Connect) -> None:
    service.replies = [reply(body=b"")]
    assert connect(USER_POOLS).call("DeleteUserPoolClient", {}) == {}


@pytest.mark.parametrize("broken", [None, error("InternalErrorException", 500), reply(503, b""), reply(200, b"<html>")])
@pytest.mark.parametrize(
    ("api", "operation"),
    [(api, operation) for api in (SECRETS_MANAGER, USER_POOLS) for operation in sorted(api.repeatable)],
)
def test_what_may_be_repeated_is_sent_again_when_its_fate_is_unknown(
    service: Service, connect: Connect, api: JsonApi, operation: str, broken: bytes | None
) -> None:
    service.replies = [broken, broken, reply(body=b'{"a": 1}')]
    client = connect(api)
    assert client.call(operation, {}) == {"a": 1}
    assert len(client.pauses) == 2
    assert 0 <= client.pauses[0] <= 0.05
    assert 0 <= client.pauses[1] <= 0.1


@pytest.mark.parametrize("broken", [None, error("InternalErrorException", 500), reply(200, b"<html>"), reply(503, b"")])
@pytest.mark.parametrize("operation", [*ONCE, "SomethingNew"])
def test_what_makes_another_one_each_time_is_not_sent_again_when_its_fate_is_unknown(
    service: Service, connect: Connect, operation: str, broken: bytes | None
) -> None:
    service.replies = [broken, reply()]
    client = connect(USER_POOLS)
    with pytest.raises(NoAnswer):
        client.call(operation, {})
    assert (len(service.requests), client.pauses) == (1, [])


@pytest.mark.parametrize("operation", ["ListUserPoolClients", *ONCE])
def test_what_was_throttled_is_sent_again_with_pauses_that_grow_and_given_up_in_the_end(
    service: Service, connect: Connect, operation: str
) -> None:
    service.replies = [error("TooManyRequestsException"), reply()]
    client = connect(USER_POOLS)
    assert client.call(operation, {}) == {}
    service.replies = [error("TooManyRequestsException")]
    client.pauses.clear()
    with pytest.raises(Throttled):
        client.call(operation, {})
    assert len(service.requests) == 2 + ATTEMPTS
    assert len(client.pauses) == ATTEMPTS - 1
    assert all(0 <= pause <= 2**number for number, pause in enumerate(client.pauses))


def test_without_a_connection_nothing_was_sent_and_every_operation_is_tried_again() -> None:
    with running_service() as gone:
        url = gone.url
    client = Client(USER_POOLS, url)
    with pytest.raises(NotSent):
        client.call("CreateUserPoolClient", {})
    assert len(client.pauses) == ATTEMPTS - 1


@pytest.mark.parametrize("member", ["message", "Message"])
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ResourceNotFoundException", Refused),
        ("AccessDeniedException", Denied),
        ("ScopeDoesNotExistException", Refused),
    ],
)
def test_an_error_says_what_was_called_its_code_and_why_in_the_services_words(
    service: Service, connect: Connect, code: str, kind: type[Exception], member: str
) -> None:
    service.replies = [error(code, message="this role may not", member=member)]
    with pytest.raises(kind) as caught:
        connect(SECRETS_MANAGER).call("GetSecretValue", {"SecretId": "the-secret"})
    assert str(caught.value) == f"GetSecretValue: {code}: this role may not"
    assert len(service.requests) == 1


def test_without_a_region_there_are_no_calls() -> None:
    with pytest.raises(KeyError, match="AWS_REGION"):
        api_calls(SECRETS_MANAGER, {})
