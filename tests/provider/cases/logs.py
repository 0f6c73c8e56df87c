"""CloudWatch Logs."""

from tests.provider.cases.case import Beyond, Case, Refusal, World
from tests.provider.driver import Known


def _key(world: World) -> str:
    """The ARN of a key, the same whenever a world asks."""
    kms = world.clients.client("kms")
    alias = f"alias/{world.name}"
    if alias not in {each["AliasName"] for each in kms.list_aliases()["Aliases"]}:
        kms.create_alias(AliasName=alias, TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    return kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"]


def _drift(world: World, known: Known) -> str:
    world.clients.client("logs").put_retention_policy(logGroupName=known.id, retentionInDays=3)
    return "retentionInDays"


CASES = (
    Case(
        token="aws:cloudwatch/logGroup:LogGroup",
        base=lambda world: {"name": f"/aws/lambda/{world.name}", "retentionInDays": 7},
        changes={
            "retentionInDays": 14,
            "kmsKeyId": _key,
            "tags": {"Team": "platform"},
            "skipDestroy": True,
        },
        beyond={
            "deletionProtectionEnabled": Beyond(value=True, message="Unknown action: PutLogGroupDeletionProtection"),
        },
        replaces={"name": "/aws/lambda/other", "logGroupClass": "INFREQUENT_ACCESS", "region": "eu-west-1"},
        untested={"namePrefix": "excludes name; see test_naming.py"},
        drift=_drift,
        remove=lambda world, known: world.clients.client("logs").delete_log_group(logGroupName=known.id),
        refused=(
            Refusal(change={"retentionInDays": 4}, message="retentionInDays: 4 is not one of [1, 3, 5, 7, 14, "),
            Refusal(change={"name": "a name"}, message="name: 'a name' does not match"),
            Refusal(change={"retention": 7}, message="retention: no such property; did you mean retentionInDays?"),
            Refusal(change={"retentionInDays": "7"}, message="retentionInDays: must be an integer, not a string"),
        ),
    ),
)
