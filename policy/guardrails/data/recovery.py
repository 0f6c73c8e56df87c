"""What holds data is encrypted under a key whose use is recorded, can be restored, and is not deleted by accident.

Judged by the inputs of tables and user pools; versioning of buckets on the whole stack. Secrets,
log groups and buckets are encrypted by AWS without being asked and are not judged.
"""

from collections.abc import Iterator
from typing import Final

from guardrails.buckets import BUCKET_KINDS, BUCKET_VERSIONINGS, BUCKETS
from guardrails.companions import Companions
from guardrails.demands import demand, demand_of, is_true
from guardrails.resources import Resource, Stack
from guardrails.rules import Finding, Level, Metadata, ResourceRule, Severity, StackRule, Undecided
from guardrails.settings import Settings

TABLE: Final = "aws:dynamodb/table:Table"
USER_POOL: Final = "aws:cognito/userPool:UserPool"


def _check_encryption(table: Resource, _settings: Settings) -> Iterator[Finding]:
    path = "serverSideEncryption.enabled"
    yield from demand(
        table,
        path,
        is_true,
        otherwise=f"{path} is not true: the key is AWS's own, and CloudTrail does not record its use.",
        missing=f"{path} is missing: the key is AWS's own, and CloudTrail does not record its use.",
    )


def _check_recovery(table: Resource, _settings: Settings) -> Iterator[Finding]:
    path = "pointInTimeRecovery.enabled"
    problem = "so that what a wrong call overwrites is gone."
    yield from demand(
        table, path, is_true, otherwise=f"{path} is not true, {problem}", missing=f"{path} is missing, {problem}"
    )


def _check_deletion(table: Resource, _settings: Settings) -> Iterator[Finding]:
    path = "deletionProtectionEnabled"
    problem = "so that one deployment can delete it with all it holds."
    yield from demand(
        table, path, is_true, otherwise=f"{path} is not true, {problem}", missing=f"{path} is missing, {problem}"
    )


def _check_pool_deletion(pool: Resource, _settings: Settings) -> Iterator[Finding]:
    problem = "so that one deployment can delete the pool and end every token's issuer."
    yield from demand(
        pool,
        "deletionProtection",
        lambda value: value == "ACTIVE",
        otherwise=f"deletionProtection is not ACTIVE, {problem}",
        missing=f"deletionProtection is missing, {problem}",
    )


def _check_versioning(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    versionings = Companions(stack, BUCKET_VERSIONINGS, "bucket", BUCKET_KINDS)
    for type_token in BUCKETS:
        for bucket in stack.of_type(type_token):
            found = versionings.of(bucket, identity="bucket")
            inline = bucket.read("versioning", "enabled")
            if found.certain:
                for versioning in found.certain:
                    yield from _enabled(versioning)
            elif found.possible:
                yield Undecided(resource=bucket, properties=("bucket (its own, or that of its BucketVersioning)",))
            else:
                yield from demand_of(
                    bucket,
                    "versioning.enabled",
                    inline,
                    is_true,
                    otherwise="versioning.enabled is not true, so that what is overwritten is gone.",
                    missing="no BucketVersioning of this stack is for it, so that what is overwritten is gone.",
                )


def _enabled(versioning: Resource) -> Iterator[Finding]:
    path = "versioningConfiguration.status"
    yield from demand(
        versioning,
        path,
        lambda value: value == "Enabled",
        otherwise=f"{path} is not Enabled, so that what is overwritten is gone.",
        missing=f"{path} is missing, so that what is overwritten is gone.",
    )


ENCRYPTION_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="dynamodb-table-encrypted-with-kms",
        severity=Severity.LOW,
        level=Level.ADVISORY,
        description="A table is encrypted under a KMS key of the account.",
        remediation="Set serverSideEncryption.enabled to true; with kmsKeyArn for a key whose policy is yours.",
        judged=f"`{TABLE}`, by its inputs: `serverSideEncryption.enabled` is true.",
        why=(
            "DynamoDB always encrypts. Under a key in the account, CloudTrail records who had it used, and taking the "
            "key away takes the data away. Advisory: without it the data is encrypted all the same."
        ),
        sources=("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html",),
    ),
    types=frozenset({TABLE}),
    check=_check_encryption,
)

RECOVERY_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="dynamodb-table-point-in-time-recovery",
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        description="A table can be restored to any second of the last weeks.",
        remediation="Set pointInTimeRecovery.enabled to true.",
        judged=f"`{TABLE}`, by its inputs: `pointInTimeRecovery.enabled` is true.",
        why=(
            "A defect or an intruder that overwrites rows leaves nothing to go back to. Advisory: this lets nobody "
            "in, and a table of counters that nobody would restore may do without."
        ),
        sources=("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html",),
    ),
    types=frozenset({TABLE}),
    check=_check_recovery,
)

TABLE_DELETION_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="dynamodb-table-deletion-protection",
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        description="A table is protected against deletion.",
        remediation=(
            "Set deletionProtectionEnabled to true, and switch it off in a deployment of its own before a table goes."
        ),
        judged=f"`{TABLE}`, by its inputs: `deletionProtectionEnabled` is true.",
        why=(
            "A renamed resource or a changed key makes Pulumi replace the table, which deletes it. Advisory, because "
            "stacks that come and go, such as a sandbox's, have to be deletable."
        ),
        sources=("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html",),
    ),
    types=frozenset({TABLE}),
    check=_check_deletion,
)

POOL_DELETION_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="cognito-user-pool-deletion-protection",
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        description="A user pool is protected against deletion.",
        remediation=(
            "Set deletionProtection to ACTIVE, and switch it off in a deployment of its own before a pool goes."
        ),
        judged=f"`{USER_POOL}`, by its inputs: `deletionProtection` is `ACTIVE`. Absent means that it is not.",
        why=(
            "A pool that is replaced has another issuer and other keys: every app client, user and token is gone at "
            "once. Advisory, because stacks that come and go, such as a sandbox's, have to be deletable."
        ),
        sources=(
            "https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-deletion-protection.html",
        ),
    ),
    types=frozenset({USER_POOL}),
    check=_check_pool_deletion,
)

VERSIONING_RULE: Final = StackRule(
    metadata=Metadata(
        name="s3-bucket-versioning",
        severity=Severity.LOW,
        level=Level.ADVISORY,
        description="A bucket keeps the versions of its objects.",
        remediation="Add a BucketVersioning for the bucket with versioningConfiguration.status Enabled.",
        judged=(
            "The whole stack: every bucket is named by a `BucketVersioning` whose `versioningConfiguration.status` is "
            "`Enabled`, or has `versioning.enabled` itself."
        ),
        why=(
            "What is overwritten or deleted in a bucket without versions is gone. Advisory: what can be made again, "
            "such as a build, needs none. A truststore does, and has a mandatory rule."
        ),
        sources=("https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",),
    ),
    check=_check_versioning,
)
