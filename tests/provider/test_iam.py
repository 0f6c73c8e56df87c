"""What the tables cannot say about roles and policies."""

import json

import pytest

from sandbox.provider.aws_clients import AwsClients
from sandbox.provider.values import UNKNOWN
from tests.provider.cases.iam import LAMBDA_TRUST, policy
from tests.provider.driver import Known, ProviderDriver, RefusedError

ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/policy:Policy"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def changed(aws: ProviderDriver, known: Known, **inputs: object) -> Known:
    checked = aws.check(ROLE, {"assumeRolePolicy": LAMBDA_TRUST, **inputs}, old=known.inputs).values
    return aws.update(known, checked)


def test_listed_policies_are_exactly_those_that_the_role_has(aws: ProviderDriver, clients: AwsClients) -> None:
    iam = clients.client("iam")
    one, two = {"name": "one", "policy": policy()}, {"name": "two", "policy": policy("s3:GetObject")}
    made = aws.deploy(
        ROLE, {"assumeRolePolicy": LAMBDA_TRUST, "inlinePolicies": [two, one], "managedPolicyArns": [READ_ONLY]}
    )
    assert [each["name"] for each in made.state["inlinePolicies"]] == ["one", "two"]
    assert made.state["managedPolicyArns"] == [READ_ONLY]
    refreshed = aws.refresh(made)
    assert refreshed is not None
    assert refreshed.inputs == made.inputs

    iam.put_role_policy(RoleName=made.id, PolicyName="stranger", PolicyDocument=policy())
    drifted = aws.refresh(made)
    assert drifted is not None
    assert aws.diff(drifted, made.inputs).changed == {"inlinePolicies"}
    made = changed(aws, drifted, inlinePolicies=[one], managedPolicyArns=[])
    assert iam.list_role_policies(RoleName=made.id)["PolicyNames"] == ["one"]
    assert made.state["managedPolicyArns"] == []

    made = changed(aws, made, inlinePolicies=[{}])
    assert made.state["inlinePolicies"] == []
    aws.delete(made)


def test_policies_that_are_not_listed_are_none_of_the_role_s_business(aws: ProviderDriver, clients: AwsClients) -> None:
    made = aws.deploy(ROLE, {"assumeRolePolicy": LAMBDA_TRUST})
    clients.client("iam").attach_role_policy(RoleName=made.id, PolicyArn=READ_ONLY)
    refreshed = aws.refresh(made)
    assert refreshed is not None
    assert refreshed.state["managedPolicyArns"] == [READ_ONLY]
    assert not aws.diff(refreshed, made.inputs).changed
    made = changed(aws, made, description="still attached")
    assert made.state["managedPolicyArns"] == [READ_ONLY]
    clients.client("iam").detach_role_policy(RoleName=made.id, PolicyArn=READ_ONLY)
    aws.delete(made)


def test_a_role_is_destroyed_with_its_policies_when_that_is_asked_for(aws: ProviderDriver, clients: AwsClients) -> None:
    made = aws.deploy(ROLE, {"assumeRolePolicy": LAMBDA_TRUST, "forceDetachPolicies": True})
    clients.client("iam").attach_role_policy(RoleName=made.id, PolicyArn=READ_ONLY)
    clients.client("iam").put_role_policy(RoleName=made.id, PolicyName="inline", PolicyDocument=policy())
    aws.delete(made)
    assert aws.refresh(made) is None


def test_a_document_may_be_an_object_and_is_stored_as_text(aws: ProviderDriver) -> None:
    document = json.loads(LAMBDA_TRUST)
    made = aws.deploy(ROLE, {"assumeRolePolicy": document})
    assert json.loads(made.inputs["assumeRolePolicy"]) == document
    assert not aws.diff(made, aws.check(ROLE, {"assumeRolePolicy": LAMBDA_TRUST}, old=made.inputs).values).changed
    aws.delete(made)


def test_a_document_with_unknown_parts_is_judged_by_what_is_known(aws: ProviderDriver) -> None:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": UNKNOWN}}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    assert aws.check(ROLE, {"assumeRolePolicy": document}).values["assumeRolePolicy"] is UNKNOWN
    wrong = {**document, "Statement": [{**statement, "Effect": "Permit"}]}
    with pytest.raises(RefusedError, match="'Permit' is not one of"):
        aws.check(ROLE, {"assumeRolePolicy": wrong})


def test_the_oldest_version_of_a_policy_makes_room_for_the_sixth(aws: ProviderDriver, clients: AwsClients) -> None:
    made = aws.deploy(POLICY, {"policy": policy()})
    for number in range(6):
        checked = aws.check(POLICY, {"policy": policy(f"s3:Action{number}")}, old=made.inputs).values
        made = aws.update(made, checked)
    assert "s3:Action5" in made.state["policy"]
    assert len(clients.client("iam").list_policy_versions(PolicyArn=made.id)["Versions"]) == 5
    aws.delete(made)
    assert aws.refresh(made) is None


@pytest.mark.parametrize(
    ("token", "identifier", "message"),
    [
        ("aws:iam/rolePolicy:RolePolicy", "just-a-role", "must be <role name>:<policy name>"),
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role/name", "must be <role name>/<policy ARN>"),
    ],
)
def test_an_import_id_of_the_wrong_form_is_told_with_the_right_one(
    aws: ProviderDriver, token: str, identifier: str, message: str
) -> None:
    import grpc

    with pytest.raises(grpc.RpcError, match=f"importing {token}: '{identifier}' {message}"):
        aws.import_by_id(token, identifier)


def test_an_import_of_what_does_not_exist_finds_nothing(aws: ProviderDriver) -> None:
    assert aws.import_by_id(ROLE, "no-such-role") is None
