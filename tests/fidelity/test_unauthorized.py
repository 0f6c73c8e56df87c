"""`raise Exception("Unauthorized")` of an authorizer is 401 at API Gateway and leaves the authorizer warm."""

from tests.gateway.rest_api import ApiWorkshop
from tests.support.sandbox import RunningSandbox

# Lets in whoever says "count", with the number of decisions that this process has made so far.
COUNTING_AUTHORIZER = """
decisions = []

def handle(event, context):
    decisions.append(event["authorizationToken"])
    if event["authorizationToken"] != "count":
        raise Exception("Unauthorized")
    return {
        "principalId": "caller",
        "policyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": event["methodArn"]}]},
        "context": {"decisions": len(decisions)},
    }
"""


def decisions_after_two_denials(sandbox: RunningSandbox) -> int:
    """How many decisions the authorizer's process knows of, after two callers got 401."""
    workshop = ApiWorkshop(sandbox)
    workshop.function("counting-authorizer", COUNTING_AUTHORIZER)
    api = workshop.api()
    api.route("/counted", authorizer=api.authorizer("counting-authorizer"))
    api.deploy()
    for _ in range(2):
        refused = api.call("/counted", headers={"Authorization": "anything"})
        assert (refused.status, refused.json) == (401, {"message": "Unauthorized"})
    answer = api.call("/counted", headers={"Authorization": "count"})
    assert answer.status == 200
    return int(answer.json["requestContext"]["authorizer"]["decisions"])


def test_without_the_module_each_denial_ends_the_authorizer(bare: RunningSandbox) -> None:
    assert decisions_after_two_denials(bare) == 1


def test_a_denial_leaves_the_authorizer_warm(sandbox: RunningSandbox) -> None:
    assert decisions_after_two_denials(sandbox) == 3
