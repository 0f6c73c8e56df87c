"""CloudWatch Logs."""

from tests.provider.cases.case import Beyond, Case, Refusal, World
from tests.provider.driver import Known

_KEY = "arn:aws:kms:ap-southeast-3:111122223333:key/00000000-0000-0000-0000-000000000000"


def _drift(world: World, known: Known) -> str:
    world.clients.client("logs").put_retention_policy(logGroupName=known.id, retentionInDays=3)
    return "retentionInDays"


CASES = (
    Case(
        token="aws:cloudwatch/logGroup:LogGroup",
        base=lambda world: {"name": f"/aws/lambda/{world.name}", "retentionInDays": 7},
        changes={
            "retentionInDays": 14,
            "tags": {"Team": "platform"},
            "skipDestroy": True,
        },
        beyond={
            "kmsKeyId": Beyond(value=_KEY, message="Unknown action: AssociateKmsKey"),
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
