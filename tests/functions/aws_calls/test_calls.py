"""Calls over real connections that break, throttle, refuse and lie."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from aws_calls.credentials import Credentials
from aws_calls.dynamodb import DynamoDb
from aws_calls.endpoints import HttpEndpoint, endpoint_url
from aws_calls.errors import AwsCallError, Denied, NoAnswer, NotSent, Refused, SessionExpired, Throttled
from aws_calls.role_sessions import RoleSessions
from tests.functions.aws_calls.aws_service import Service, reply, running_service

CREDENTIALS = Credentials(access_key_id="AKIDEXAMPLE", secret_access_key="secret", session_token="token")
NOW = 1_767_225_600.0
ASSUMED = b"""<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>2026-01-01T00:15:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""


@pytest.fixture
def service() -> Iterator[Service]:
    with running_service() as running:
        yield running


class Client:
    """DynamoDb over an endpoint, with the pauses that it made."""

    def __init__(self, url: str, **timeouts: Any) -> None:
        self.now = NOW
        self.endpoint = HttpEndpoint(url, clock=lambda: self.now, **timeouts)
        self.pauses: list[float] = []
        self.dynamodb = DynamoDb(
            endpoint=self.endpoint, region="eu-west-1", clock=lambda: NOW, pause=self.pauses.append
        )

    def call(self, operation: str = "Query") -> Any:
        """A call."""
        return self.dynamodb.call(operation, {"TableName": "t"}, CREDENTIALS)


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    made = Client(service.url)
    yield made
    made.endpoint.close()


def error(code: str, status: int = 400, **members: Any) -> bytes:
    document = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "m", **members}
    return reply(status, json.dumps(document).encode())


def test_a_call_is_signed_json_and_its_answer_the_document(service: Service, client: Client) -> None:
    service.replies = [reply(body=b'{"Items": [], "Count": 0}')]
    assert client.call() == {"Items": [], "Count": 0}
    [(headers, body)] = service.requests
    assert json.loads(body) == {"TableName": "t"}
    assert headers["x-amz-target"] == "DynamoDB_20120810.Query"
    assert headers["x-amz-security-token"] == "token"
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-west-1/dynamodb/")


def test_one_connection_is_kept_for_all_credentials(service: Service, client: Client) -> None:
    for number in range(5):
        other = Credentials(access_key_id=f"AKID{number}", secret_access_key="s")
        client.dynamodb.call("Query", {}, other)
    assert service.connections == 1
    assert len({headers["authorization"] for headers, _ in service.requests}) == 5


@pytest.mark.parametrize("operation", ["Query", "PutItem"])
def test_a_connection_that_was_closed_while_idle_is_replaced_before_anything_is_sent(
    service: Service, client: Client, operation: str
) -> None:
    client.call()
    service.drop_connections()
    client.call(operation)
    assert (service.connections, len(service.requests), client.pauses) == (2, 2, [])


@pytest.mark.parametrize(("pause", "connections"), [(19, 1), (20, 2), (3_600, 2), (-60, 2)])
def test_a_connection_is_not_used_after_a_pause_in_which_a_worker_may_have_been_frozen(
    service: Service, client: Client, pause: int, connections: int
) -> None:
    client.call()
    client.now = NOW + pause
    client.call()
    assert service.connections == connections


def test_an_answer_that_asks_to_close_is_taken_at_its_word(service: Service, client: Client) -> None:
    service.replies = [reply(200, b"{}", "Connection: close")]
    client.call()
    client.call()
    assert service.connections == 2


@pytest.mark.parametrize("operation", ["Query", "GetItem", "BatchGetItem", "TransactGetItems"])
def test_a_read_without_an_answer_is_sent_again(service: Service, client: Client, operation: str) -> None:
    service.replies = [None, error("InternalServerError", 500), reply(body=b'{"a": 1}')]
    assert client.call(operation) == {"a": 1}
    assert client.pauses == [0.025, 0.05]


@pytest.mark.parametrize("operation", ["PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"])
@pytest.mark.parametrize("broken", [None, error("InternalServerError", 500), reply(200, b"<html>"), reply(503, b"[]")])
def test_a_write_whose_fate_is_unknown_is_not_sent_again(
    service: Service, client: Client, operation: str, broken: bytes | None
) -> None:
    service.replies = [broken, reply()]
    with pytest.raises(NoAnswer):
        client.call(operation)
    assert len(service.requests) == 1


@pytest.mark.parametrize("operation", ["Query", "PutItem"])
def test_what_was_throttled_is_sent_again_and_given_up_after_three_times(
    service: Service, client: Client, operation: str
) -> None:
    service.replies = [error("ProvisionedThroughputExceededException"), reply()]
    assert client.call(operation) == {}
    service.replies = [error("ThrottlingException")]
    with pytest.raises(Throttled):
        client.call(operation)
    assert len(service.requests) == 5


def test_without_a_connection_nothing_was_sent() -> None:
    with running_service() as gone:
        url = gone.url
    client = Client(url)
    with pytest.raises(NotSent):
        client.call("PutItem")
    assert len(client.pauses) == 2


def test_an_answer_that_does_not_come_in_time_is_none(service: Service) -> None:
    service.replies = [b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"]
    client = Client(service.url, read_timeout_seconds=0.05)
    with pytest.raises(NoAnswer) as caught:
        client.call("PutItem")
    assert caught.value.code == "TimeoutError"
    service.replies = [b""]
    with pytest.raises(NoAnswer):
        client.call("PutItem")


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("AccessDeniedException", 400, Denied),
        ("InvalidSignatureException", 400, Denied),
        ("ExpiredTokenException", 400, SessionExpired),
        ("UnrecognizedClientException", 400, SessionExpired),
        ("ConditionalCheckFailedException", 400, Refused),
        ("ValidationException", 400, Refused),
        ("SomethingNew", 400, Refused),
        ("", 400, NoAnswer),
    ],
)
def test_errors_are_told_apart_by_what_can_be_done(
    service: Service, client: Client, code: str, status: int, kind: type[AwsCallError]
) -> None:
    service.replies = [error(code, status, Item={"a": {"N": "1"}})]
    with pytest.raises(AwsCallError) as caught:
        client.call("PutItem")
    assert type(caught.value) is kind
    assert len(service.requests) == 1
    if kind is Refused:
        assert (caught.value.code, caught.value.document["Item"]) == (code, {"a": {"N": "1"}})


def test_the_time_spent_waiting_is_counted(service: Service, client: Client) -> None:
    before = client.endpoint.waited_nanoseconds
    client.call()
    assert client.endpoint.waited_nanoseconds > before


def assume(url: str) -> Credentials:
    endpoint = HttpEndpoint(url)
    sts = RoleSessions(endpoint=endpoint, region="eu-west-1", credentials=CREDENTIALS, clock=lambda: NOW)
    try:
        return sts.assume(
            "arn:aws:iam::1:role/r", session_name="s", tags={"customer_id": "a&b=c"}, lifetime_seconds=900
        )
    finally:
        endpoint.close()


def test_a_role_is_assumed_with_its_tags(service: Service) -> None:
    service.replies = [reply(body=ASSUMED)]
    made = assume(service.url)
    assert (made.access_key_id, made.secret_access_key, made.session_token) == ("ASIAEXAMPLE", "secret", "token")
    assert made.expires_at == NOW + 900
    [(_, body)] = service.requests
    assert b"Tags.member.1.Key=customer_id&Tags.member.1.Value=a%26b%3Dc" in body


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(403, b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"), Denied),
        (reply(403, b"<ErrorResponse><Error><Code>ExpiredToken</Code></Error></ErrorResponse>"), SessionExpired),
        (reply(400, b"<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>"), Throttled),
        (reply(500, b"<ErrorResponse/>"), NoAnswer),
        (reply(200, b"<AssumeRoleResponse/>"), NoAnswer),
        (reply(200, b"no xml"), NoAnswer),
        (None, NoAnswer),
    ],
)
def test_a_role_that_is_not_assumed_is_an_error(service: Service, answer: bytes | None, kind: type[Exception]) -> None:
    service.replies = [answer]
    with pytest.raises(AwsCallError) as caught:
        assume(service.url)
    assert type(caught.value) is kind


def test_endpoints_are_the_regions_unless_a_setting_of_the_sdks_says_otherwise() -> None:
    assert endpoint_url("dynamodb", {"AWS_REGION": "eu-west-1"}) == "https://dynamodb.eu-west-1.amazonaws.com"
    assert endpoint_url("sts", {"AWS_REGION": "cn-north-1"}) == "https://sts.cn-north-1.amazonaws.com.cn"
    given = {"AWS_REGION": "r", "AWS_ENDPOINT_URL": "http://all", "AWS_ENDPOINT_URL_DYNAMODB": "http://one"}
    assert endpoint_url("dynamodb", given) == "http://one"
    assert endpoint_url("sts", given) == "http://all"
    for bad in ("ftp://x", "http://", "http://x/path"):
        with pytest.raises(ValueError, match="an endpoint's URL"):
            HttpEndpoint(bad)
