"""IAM roles and policies."""

import json

from tests.provider.cases.case import Case, Refusal, World
from tests.provider.driver import Known

LAMBDA_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
        ],
    },
    indent=2,
)


def policy(action: str = "logs:PutLogEvents", effect: str = "Allow") -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": [action], "Resource": "*"}]})


def role(world: World) -> Known:
    return world.need("aws:iam/role:Role", {"assumeRolePolicy": LAMBDA_TRUST})


def managed_policy(world: World) -> Known:
    return world.need("aws:iam/policy:Policy", {"policy": policy()})


def _drift_role(world: World, known: Known) -> str:
    world.clients.client("iam").update_role(RoleName=known.id, Description="somebody else's", MaxSessionDuration=3600)
    return "description"


def _drift_role_policy(world: World, known: Known) -> str:
    world.clients.client("iam").put_role_policy(
        RoleName=known.state["role"], PolicyName=known.state["name"], PolicyDocument=policy("s3:GetObject")
    )
    return "policy"


def _drift_policy(world: World, known: Known) -> str:
    world.clients.client("iam").create_policy_version(
        PolicyArn=known.id, PolicyDocument=policy("s3:GetObject"), SetAsDefault=True
    )
    return "policy"


CASES = (
    Case(
        token="aws:iam/role:Role",
        base=lambda world: {"assumeRolePolicy": LAMBDA_TRUST, "name": world.name},
        changes={
            "assumeRolePolicy": LAMBDA_TRUST.replace("lambda.amazonaws.com", "apigateway.amazonaws.com"),
            "description": "Runs the function",
            "maxSessionDuration": 7200,
            "permissionsBoundary": "arn:aws:iam::aws:policy/PowerUserAccess",
            "tags": {"Team": "platform"},
            "forceDetachPolicies": True,
        },
        replaces={"name": "another", "path": "/service/"},
        untested={
            "namePrefix": "excludes name; see test_naming.py",
            "inlinePolicies": "taking it back leaves the policies, as the official provider does; see test_iam.py",
            "managedPolicyArns": "taking it back leaves the policies, as the official provider does; see test_iam.py",
        },
        drift=_drift_role,
        remove=lambda world, known: world.clients.client("iam").delete_role(RoleName=known.id),
        not_imported=frozenset(),
        refused=(
            Refusal(
                change={"maxSessionDuration": 60}, message="maxSessionDuration: 60 is less than the minimum of 3600"
            ),
            Refusal(
                change={"assumeRolePolicy": LAMBDA_TRUST.replace("Allow", "Permit")},
                message="assumeRolePolicy.statement[0].effect: 'Permit' is not one of ['Allow', 'Deny']",
            ),
            Refusal(change={"assumeRolePolicy": "{not json"}, message="assumeRolePolicy: is not valid JSON"),
            Refusal(change={"assumeRolePolicy": None}, message="assumeRolePolicy: is required and has no value"),
            Refusal(change={"name": "a b"}, message="name: 'a b' does not match"),
            Refusal(change={"description": "\u2013"}, message="description: '\u2013' does not match"),
            Refusal(change={"namePrefix": "x"}, message="namePrefix: excludes name"),
        ),
    ),
    Case(
        token="aws:iam/rolePolicy:RolePolicy",
        base=lambda world: {"role": role(world).id, "name": "logs", "policy": policy()},
        changes={"policy": policy("logs:CreateLogStream")},
        replaces={"role": "another", "name": "another"},
        untested={"namePrefix": "excludes name; see test_naming.py"},
        drift=_drift_role_policy,
        remove=lambda world, known: world.clients.client("iam").delete_role_policy(
            RoleName=known.state["role"], PolicyName=known.state["name"]
        ),
        refused=(
            Refusal(
                change={"policy": policy(effect="allow")},
                message="policy.statement[0].effect: 'allow' is not one of ['Allow', 'Deny']",
            ),
            Refusal(
                change={"policy": json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]})},
                message="policy.statement[0]",
            ),
            Refusal(change={"name": "a b"}, message="name: 'a b' does not match"),
        ),
    ),
    Case(
        token="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        base=lambda world: {"role": role(world).id, "policyArn": managed_policy(world).id},
        replaces={"role": "another", "policyArn": "arn:aws:iam::aws:policy/PowerUserAccess"},
        remove=lambda world, known: world.clients.client("iam").detach_role_policy(
            RoleName=known.state["role"], PolicyArn=known.state["policyArn"]
        ),
        refused=(
            Refusal(change={"policyArn": "short"}, message="policyArn: 5 characters is less than the minimum of 20"),
            Refusal(change={"role": "a b"}, message="role: 'a b' does not match"),
        ),
    ),
    Case(
        token="aws:iam/policy:Policy",
        base=lambda world: {"policy": policy(), "name": world.name, "description": "Writes logs"},
        changes={
            "policy": policy("logs:CreateLogStream"),
            "tags": {"Team": "platform"},
            "delayAfterPolicyCreationInMs": 10,
        },
        replaces={"name": "another", "path": "/service/", "description": "Reads logs"},
        untested={"namePrefix": "excludes name; see test_naming.py"},
        drift=_drift_policy,
        remove=lambda world, known: world.clients.client("iam").delete_policy(PolicyArn=known.id),
        absent=frozenset({"delayAfterPolicyCreationInMs"}),
        refused=(
            Refusal(change={"policy": policy(effect="x")}, message="policy.statement[0].effect: 'x' is not one of"),
            Refusal(change={"path": "no-slash"}, message="path: 'no-slash' does not match"),
        ),
    ),
)
