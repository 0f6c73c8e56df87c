"""Secrets, their versions and their rotation."""

import json

from tests.provider.cases.case import Case, Refusal, World
from tests.provider.cases.lambda_ import rotation_function
from tests.provider.driver import Known
from tests.support.sandbox import wait_until


def secret(world: World) -> Known:
    return world.need("aws:secretsmanager/secret:Secret", {"recoveryWindowInDays": 0})


def secret_with_value(world: World) -> Known:
    made = secret(world)
    world.need("aws:secretsmanager/secretVersion:SecretVersion", {"secretId": made.id, "secretString": "{}"})
    return made


POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": {"AWS": "arn:aws:iam::111122223333:user/nobody"},
                "Action": "secretsmanager:GetSecretValue",
                "Resource": "*",
            }
        ],
    }
)


def _drift_secret(world: World, known: Known) -> str:
    world.clients.client("secretsmanager").update_secret(SecretId=known.id, Description="somebody else's")
    return "description"


def _remove_secret(world: World, known: Known) -> None:
    world.clients.client("secretsmanager").delete_secret(SecretId=known.id, ForceDeleteWithoutRecovery=True)


def _drift_rotation(world: World, known: Known) -> str:
    world.clients.client("secretsmanager").rotate_secret(
        SecretId=known.id, RotationRules={"AutomaticallyAfterDays": 3}, RotateImmediately=False
    )
    return "rotationRules"


def _settle_rotation(world: World, known: Known) -> None:
    """The rotation function is called in the background, also when only to test it; until then nothing else may be
    said.
    """
    client = world.clients.client("secretsmanager")

    def settled() -> bool:
        stages = client.describe_secret(SecretId=known.id).get("VersionIdsToStages", {})
        return all("AWSPENDING" not in held for held in stages.values())

    wait_until(settled, what="the rotation function has been called")


CASES = (
    Case(
        token="aws:secretsmanager/secret:Secret",
        base=lambda world: {"name": world.name, "recoveryWindowInDays": 0},
        changes={
            "description": "Signs tokens",
            "forceOverwriteReplicaSecret": True,
            "kmsKeyId": "arn:aws:kms:ap-southeast-3:111122223333:key/00000000-0000-0000-0000-000000000000",
            "recoveryWindowInDays": 7,
            "tags": {"Team": "platform"},
        },
        replaces={"name": "another", "region": "eu-west-1"},
        untested={
            "namePrefix": "excludes name; see test_naming.py",
            "policy": "taking it back leaves the policy, as the official provider does; see test_secrets_manager.py",
            "replicas": "refused: see test_secrets_manager.py",
            "type": "refused: see test_secrets_manager.py",
        },
        absent=frozenset({"type"}),
        drift=_drift_secret,
        remove=_remove_secret,
        not_imported=frozenset({"recoveryWindowInDays"}),
        refused=(
            Refusal(
                change={"recoveryWindowInDays": 3}, message="recoveryWindowInDays: 3 is neither 0 (delete at once)"
            ),
            Refusal(change={"name": ""}, message="name: 0 characters is less than the minimum of 1"),
            Refusal(
                change={"policy": POLICY.replace("Deny", "Refuse")},
                message="policy.statement[0].effect: 'Refuse' is not one of ['Allow', 'Deny']",
            ),
            Refusal(change={"policy": "not json"}, message="policy: is not valid JSON"),
            Refusal(change={"description": "x" * 2049}, message="description: "),
        ),
    ),
    Case(
        token="aws:secretsmanager/secretVersion:SecretVersion",
        why_no_drift="a version cannot be changed, only its labels, which rotation moves",
        base=lambda world: {"secretId": secret(world).id, "secretString": "{}"},
        changes={},
        replaces={"secretString": '{"a": 1}', "secretId": "another", "region": "eu-west-1"},
        untested={
            "versionStages": "the current label cannot be taken away; see test_secrets_manager.py",
            "secretBinary": "excludes secretString; see test_secrets_manager.py",
            "secretStringWo": "refused: see test_secrets_manager.py",
            "secretStringWoVersion": "refused: see test_secrets_manager.py",
        },
        absent=frozenset({"secretStringWo", "secretStringWoVersion"}),
        why_not_removed="a version cannot be deleted, only its secret",
        refused=(
            Refusal(change={"secretString": None}, message="secretString: give exactly one of"),
            Refusal(change={"versionStages": []}, message="versionStages: 0 items is less than the minimum of 1"),
            Refusal(
                change={"secretString": "x" * 65537}, message="65537 characters is greater than the maximum of 65536"
            ),
        ),
    ),
    Case(
        token="aws:secretsmanager/secretRotation:SecretRotation",
        base=lambda world: {
            "secretId": secret_with_value(world).id,
            "rotationLambdaArn": rotation_function(world).state["arn"],
            "rotationRules": {"automaticallyAfterDays": 30},
            "rotateImmediately": False,
        },
        changes={
            "rotationRules": {"scheduleExpression": "rate(10 days)", "duration": "2h"},
            "rotateImmediately": True,
        },
        replaces={"secretId": "another", "region": "eu-west-1"},
        untested={
            "rotationEnabled": "computed: see test_secrets_manager.py",
            "rotationLambdaArn": "see test_secrets_manager.py",
            "externalSecretRotationMetadatas": "refused: see test_secrets_manager.py",
            "externalSecretRotationRoleArn": "refused: see test_secrets_manager.py",
        },
        absent=frozenset({"externalSecretRotationMetadatas", "externalSecretRotationRoleArn"}),
        drift=_drift_rotation,
        settle=_settle_rotation,
        remove=lambda world, known: world.clients.client("secretsmanager").cancel_rotate_secret(SecretId=known.id),
        not_imported=frozenset({"rotateImmediately"}),
        refused=(
            Refusal(
                change={"rotationRules": {"automaticallyAfterDays": 2000}},
                message="rotationRules.automaticallyAfterDays: 2000 is greater than the maximum of 1000",
            ),
            Refusal(change={"rotationRules": {"duration": "2h"}}, message="rotationRules: give exactly one of"),
            Refusal(change={"rotationLambdaArn": None}, message="rotationLambdaArn: is required"),
        ),
    ),
)
