"""Signatures are what botocore makes of the same request, byte for byte."""

import datetime as dt
from typing import Any
from unittest import mock

import botocore.auth
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given
from hypothesis import strategies as st

from aws_calls.credentials import Credentials, own_credentials
from aws_calls.signature import signed_headers

VISIBLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)


def botocores(
    headers: dict[str, str], body: bytes, credentials: Credentials, scope: tuple[str, str], now: float
) -> Any:
    """The headers of botocore's signer for the same request at the same time; `scope` is service and region."""
    request = AWSRequest("POST", f"https://{headers['host']}/", dict(headers), body)
    theirs = BotocoreCredentials(credentials.access_key_id, credentials.secret_access_key, credentials.session_token)
    frozen = dt.datetime.fromtimestamp(now, tz=dt.UTC)
    with mock.patch.object(botocore.auth, "get_current_datetime", return_value=frozen):
        SigV4Auth(theirs, *scope).add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


@given(
    body=st.binary(max_size=300),
    secret=VISIBLE,
    session_token=st.none() | VISIBLE,
    service=st.sampled_from(["dynamodb", "sts", "secretsmanager", "cognito-idp"]),
    region=st.sampled_from(["eu-west-1", "ap-southeast-3", "cn-north-1"]),
    target=VISIBLE,
    now=st.integers(min_value=1_500_000_000, max_value=4_000_000_000),
)
def test_a_signed_request_is_byte_for_byte_botocores(
    body: bytes, secret: str, session_token: str | None, service: str, region: str, target: str, now: int
) -> None:
    credentials = Credentials(access_key_id="AKIDEXAMPLE", secret_access_key=secret, session_token=session_token)
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "host": f"{service}.{region}.amazonaws.com",
        "x-amz-target": target,
    }
    ours = signed_headers(headers, body, credentials=credentials, service=service, region=region, now=now)
    assert ours == botocores(headers, body, credentials, (service, region), now)


def test_the_derived_key_is_derived_anew_on_another_day_and_for_another_service() -> None:
    credentials = Credentials(access_key_id="AKIDEXAMPLE", secret_access_key="secret")
    headers = {"host": "dynamodb.eu-west-1.amazonaws.com"}
    days = (1_767_225_600.0, 1_767_225_600.0 + 86_400)
    for now in (*days, days[0]):
        for service in ("dynamodb", "sts"):
            ours = signed_headers(headers, b"", credentials=credentials, service=service, region="eu-west-1", now=now)
            assert ours == botocores(headers, b"", credentials, (service, "eu-west-1"), now)


def test_credentials_show_no_secret() -> None:
    credentials = Credentials(access_key_id="AKIDEXAMPLE", secret_access_key="SECRET", session_token="TOKEN")
    assert repr(credentials) == "<Credentials AKIDEXAMPLE>"


def test_a_functions_own_credentials_come_from_its_environment() -> None:
    own = own_credentials({"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_SESSION_TOKEN": "c"})
    assert (own.access_key_id, own.secret_access_key, own.session_token) == ("a", "b", "c")
    with pytest.raises(KeyError):
        own_credentials({})
