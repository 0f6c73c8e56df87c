"""`gateway.resource_policies`: what an API's own policy denies never reaches its authorizer."""

import json
from typing import Any

import pytest

from tests.gateway.rest_api import Api, ApiWorkshop, allow, deny
from tests.support.sandbox import ACCOUNT_ID, REGION

INVOKE = {"Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
ENDPOINTS = {"StringNotEquals": {"aws:SourceVpce": ["vpce-0123456789abcdef0"]}}


def guarded(workshop: ApiWorkshop, *statements: dict[str, Any]) -> Api:
    api = workshop.api()
    api.route("/hello", authorizer=api.authorizer())
    set_policy(api, *statements)
    api.deploy()
    return api


def set_policy(api: Api, *statements: dict[str, Any]) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)}) if statements else ""
    patch = [{"op": "replace", "path": "/policy", "value": document}]
    api.gateway.update_rest_api(restApiId=api.api_id, patchOperations=patch)


def test_the_emulator_alone_lets_a_private_apis_callers_in_from_anywhere(emulator: ApiWorkshop) -> None:
    api = guarded(emulator, {"Effect": "Deny", **INVOKE, "Condition": ENDPOINTS}, {"Effect": "Allow", **INVOKE})
    assert api.call("/hello", token=allow()).status == 200


def test_a_caller_from_outside_the_vpc_is_denied_before_the_authorizer_is_asked(sandbox: ApiWorkshop) -> None:
    api = guarded(sandbox, {"Effect": "Deny", **INVOKE, "Condition": ENDPOINTS}, {"Effect": "Allow", **INVOKE})
    # With a token that the authorizer would answer 500 to, without a token, and with one that it would let in.
    for token in ({"raise": "asked"}, None, allow()):
        refused = api.call("/hello", token=token)
        assert refused.status == 403
        assert refused.json["Message"] == (
            f"User: anonymous is not authorized to perform: execute-api:Invoke on resource: "
            f"arn:aws:execute-api:{REGION}:********{ACCOUNT_ID[-4:]}:{api.api_id}/prod/GET/hello with an explicit deny"
        )


def test_headers_do_not_make_a_vpc_endpoint(sandbox: ApiWorkshop) -> None:
    api = guarded(sandbox, {"Effect": "Deny", **INVOKE, "Condition": ENDPOINTS}, {"Effect": "Allow", **INVOKE})
    claims = {"X-Amzn-Vpce-Id": "vpce-0123456789abcdef0", "X-Aws-SourceVpce": "vpce-0123456789abcdef0"}
    assert api.call("/hello", token=allow(), headers=claims).status == 403


@pytest.mark.parametrize(
    "statements",
    [
        [],
        [{"Effect": "Allow", **INVOKE}],
        [{"Effect": "Allow", **INVOKE, "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-0"}}}],
        [{"Effect": "Deny", **INVOKE, "Resource": "execute-api:/test/*"}],
        [{"Effect": "Deny", **INVOKE, "Action": "execute-api:ManageConnections"}],
        [{"Effect": "Deny", **INVOKE, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:role/other"}}],
    ],
    ids=["no policy", "allowed", "not allowed", "another stage", "another action", "somebody else"],
)
def test_without_an_explicit_denial_the_authorizer_decides(
    sandbox: ApiWorkshop, statements: list[dict[str, Any]]
) -> None:
    api = guarded(sandbox, *statements)
    assert api.call("/hello", token=allow()).status == 200
    assert api.call("/hello", token=deny()).status == 403


def test_a_policy_counts_from_the_next_deployment(sandbox: ApiWorkshop) -> None:
    api = guarded(sandbox)
    set_policy(api, {"Effect": "Deny", **INVOKE})
    assert api.call("/hello", token=allow()).status == 200
    api.deploy()
    assert api.call("/hello", token=allow()).status == 403
