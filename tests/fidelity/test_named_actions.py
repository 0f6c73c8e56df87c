"""What is authorized is what is carried out, whatever else a request says."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.fidelity.tenants import Tenants, allow, code_of
from tests.support.sandbox import REGION, RunningSandbox

GROUP, STREAM = "appended", "one"


@contextmanager
def appender(sandbox: RunningSandbox) -> Generator[Any]:
    """A client that may append to a log and nothing else, and claims to do so whatever it does."""
    logs = sandbox.client("logs")
    logs.create_log_group(logGroupName=GROUP)
    logs.create_log_stream(logGroupName=GROUP, logStreamName=STREAM)
    tenants = Tenants(sandbox=sandbox, user={"AccessKeyId": "test", "SecretAccessKey": "test"})
    session = tenants.session(tenants.role(allow("logs:PutLogEvents", "*")))
    client = boto3.client(
        "logs",
        endpoint_url=sandbox.url,
        region_name=REGION,
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    client.meta.events.register("before-call.cloudwatch-logs", _claim)
    yield client
    client.close()
    logs.delete_log_group(logGroupName=GROUP)


def _claim(params: dict[str, Any], **_: Any) -> None:
    params["url"] += "?Action=PutLogEvents"


def test_an_action_in_the_query_string_opens_nothing(sandbox: RunningSandbox) -> None:
    with appender(sandbox) as client:
        with pytest.raises(ClientError) as error:
            client.delete_log_stream(logGroupName=GROUP, logStreamName=STREAM)
        assert code_of(error.value) == "AccessDeniedException"
        client.put_log_events(logGroupName=GROUP, logStreamName=STREAM, logEvents=[{"timestamp": 1, "message": "m"}])


def test_without_the_module_it_opens_everything(bare: RunningSandbox) -> None:
    with appender(bare) as client:
        client.delete_log_stream(logGroupName=GROUP, logStreamName=STREAM)
