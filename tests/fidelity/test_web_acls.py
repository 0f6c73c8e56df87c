"""Web ACLs change as a whole, and one that protects something stays."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fidelity.tenants import code_of
from tests.support.sandbox import ACCOUNT_ID, REGION, RunningSandbox

POOL_ARN = f"arn:aws:cognito-idp:{REGION}:{ACCOUNT_ID}:userpool/{REGION}_example"
VISIBILITY = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "acl"}
DEFINITION: dict[str, Any] = {"DefaultAction": {"Allow": {}}, "VisibilityConfig": VISIBILITY}


def _acl(sandbox: RunningSandbox, name: str) -> tuple[Any, dict[str, str], str]:
    client = sandbox.client("wafv2")
    made = client.create_web_acl(Name=name, Scope="REGIONAL", Description="before", **DEFINITION)["Summary"]
    return client, {"Id": made["Id"], "Name": name, "Scope": "REGIONAL"}, made["ARN"]


def _described_after_update(sandbox: RunningSandbox) -> str:
    client, where, _ = _acl(sandbox, "described")
    token = client.get_web_acl(**where)["LockToken"]
    client.update_web_acl(**where, LockToken=token, Description="after", **DEFINITION)
    return client.get_web_acl(**where)["WebACL"]["Description"]


def test_an_update_changes_the_description(sandbox: RunningSandbox, bare: RunningSandbox) -> None:
    assert _described_after_update(sandbox) == "after"
    assert _described_after_update(bare) == "before"


def test_an_acl_that_protects_something_cannot_be_deleted(sandbox: RunningSandbox, bare: RunningSandbox) -> None:
    for running, refuses in ((sandbox, True), (bare, False)):
        client, where, arn = _acl(running, "protecting")
        client.associate_web_acl(WebACLArn=arn, ResourceArn=POOL_ARN)
        token = client.get_web_acl(**where)["LockToken"]
        if refuses:
            with pytest.raises(ClientError) as refused:
                client.delete_web_acl(**where, LockToken=token)
            assert code_of(refused.value) == "WAFAssociatedItemException"
            client.disassociate_web_acl(ResourceArn=POOL_ARN)
        client.delete_web_acl(**where, LockToken=token)
