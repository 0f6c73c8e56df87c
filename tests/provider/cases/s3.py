"""S3 buckets, their settings, and objects."""

import json
from typing import Any

from tests.provider.cases.case import Case, Inputs, Refusal, World
from tests.provider.driver import Known

TABLE_OF_OWN = "refused: each has a type of its own, see test_s3.py"
OTHER_OWNERS = "refused: there are no buckets of other accounts"


def bucket(world: World) -> str:
    return world.need("aws:s3/bucket:Bucket", {"bucket": f"{world.name}-needed", "forceDestroy": True}).id


def policy(world: World, sid: str) -> str:
    arn = f"arn:aws:s3:::{bucket(world)}"
    statement = {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}, "IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def encryption(**rule: Any) -> list[Inputs]:
    return [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}, **rule}]


def lifecycle(days: int) -> list[Inputs]:
    return [{"id": "old", "status": "Enabled", "noncurrentVersionExpiration": {"noncurrentDays": days}}]


def _drift_bucket(world: World, known: Known) -> str:
    tags = {"TagSet": [{"Key": "Team", "Value": "somebody else"}]}
    world.clients.client("s3").put_bucket_tagging(Bucket=known.id, Tagging=tags)
    return "tags"


def _drift_versioning(world: World, known: Known) -> str:
    world.clients.client("s3").put_bucket_versioning(Bucket=known.id, VersioningConfiguration={"Status": "Suspended"})
    return "versioningConfiguration"


def _drift_encryption(world: World, known: Known) -> str:
    rules = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
    world.clients.client("s3").put_bucket_encryption(
        Bucket=known.id, ServerSideEncryptionConfiguration={"Rules": rules}
    )
    return "rules"


def _drift_block(world: World, known: Known) -> str:
    flags = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    world.clients.client("s3").put_public_access_block(
        Bucket=known.id, PublicAccessBlockConfiguration=dict.fromkeys(flags, False)
    )
    return "restrictPublicBuckets"


def _drift_ownership(world: World, known: Known) -> str:
    rules = [{"ObjectOwnership": "ObjectWriter"}]
    world.clients.client("s3").put_bucket_ownership_controls(Bucket=known.id, OwnershipControls={"Rules": rules})
    return "rule"


def _drift_policy(world: World, known: Known) -> str:
    world.clients.client("s3").put_bucket_policy(Bucket=known.id, Policy=policy(world, "Other"))
    return "policy"


def _drift_lifecycle(world: World, known: Known) -> str:
    rule = {
        "ID": "old",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
    }
    world.clients.client("s3").put_bucket_lifecycle_configuration(
        Bucket=known.id, LifecycleConfiguration={"Rules": [rule]}
    )
    return "rules"


def _drift_object(world: World, known: Known) -> str:
    world.clients.client("s3").put_object(
        Bucket=known.state["bucket"], Key=known.id, Body=b"first", ContentType="text/html"
    )
    return "contentType"


def _remove_object(world: World, known: Known) -> None:
    world.clients.client("s3").delete_object(Bucket=known.state["bucket"], Key=known.id)


def _object_case(token: str, **more: Any) -> Case:
    newer = token.endswith("v2")
    return Case(
        token=token,
        base=lambda world: {
            "bucket": bucket(world),
            "key": f"{world.name}.pem",
            "content": "first",
            "contentType": "application/x-pem-file",
        },
        changes={
            "acl": "bucket-owner-full-control",
            "cacheControl": "no-store",
            "content": "second",
            "contentDisposition": "attachment",
            "contentEncoding": "identity",
            "contentLanguage": "en",
            "contentType": "text/plain",
            "forceDestroy": True,
            "metadata": {"origin": "operations"},
            "serverSideEncryption": "AES256",
            "sourceHash": "anything",
            "storageClass": "STANDARD_IA",
            "tags": {"Team": "platform"},
            "websiteRedirect": "/elsewhere",
            **({"checksumAlgorithm": "SHA256"} if newer else {}),
        },
        replaces={"bucket": "another", "key": "another", "region": "eu-west-1"},
        untested={
            "bucketKeyEnabled": "S3 tells it of objects with a KMS key only",
            "contentBase64": "excludes content; see test_s3.py",
            "etag": "follows the content; see test_s3.py",
            "kmsKeyId": "wants a key; see test_s3.py",
            "objectLockLegalHoldStatus": "refused",
            "objectLockMode": "refused",
            "objectLockRetainUntilDate": "refused",
            "source": "excludes content; see test_s3.py",
            **({"overrideProvider": "refused"} if newer else {}),
        },
        absent=frozenset(
            {
                *("acl", "contentBase64", "kmsKeyId", "objectLockLegalHoldStatus", "objectLockMode"),
                *("objectLockRetainUntilDate", "source", "sourceHash"),
                *(("overrideProvider", "checksumAlgorithm") if newer else ()),
            }
        ),
        volatile=frozenset({"versionId"}),
        drift=_drift_object,
        remove=_remove_object,
        import_id=lambda known: f"{known.state['bucket']}/{known.id}",
        not_imported=frozenset({"content", "contentType"}),
        refused=(
            Refusal(change={"storageClass": "CHEAP"}, message="storageClass: 'CHEAP' is not one of STANDARD"),
            Refusal(change={"contentBase64": "YQ=="}, message="contentBase64: excludes content"),
            Refusal(change={"key": None}, message="key: has no value"),
            Refusal(change={"serverSideEncryption": "rot13"}, message="serverSideEncryption: 'rot13' is not one of"),
            Refusal(change={"objectLockMode": "COMPLIANCE"}, message="objectLockMode: the sandbox cannot honour this"),
        ),
        **more,
    )


CASES = (
    Case(
        token="aws:s3/bucket:Bucket",
        base=lambda world: {"bucket": world.name, "tags": {"Team": "platform"}},
        changes={"forceDestroy": True, "tags": {"Team": "security"}},
        replaces={"bucket": "another", "objectLockEnabled": True, "region": "eu-west-1"},
        untested={
            "bucketNamespace": "refused",
            "bucketPrefix": "excludes bucket; see test_naming.py",
            **dict.fromkeys(
                (
                    *("accelerationStatus", "acl", "corsRules", "grants", "lifecycleRules", "logging"),
                    *("objectLockConfiguration", "policy", "replicationConfiguration", "requestPayer"),
                    *("serverSideEncryptionConfiguration", "versioning", "website"),
                ),
                TABLE_OF_OWN,
            ),
        },
        absent=frozenset(
            {
                *("acl", "bucketNamespace", "corsRules", "hostedZoneId", "lifecycleRules", "logging"),
                *("objectLockConfiguration", "replicationConfiguration", "website", "websiteDomain"),
                "websiteEndpoint",
            }
        ),
        drift=_drift_bucket,
        remove=lambda world, known: world.clients.client("s3").delete_bucket(Bucket=known.id),
        refused=(
            Refusal(change={"bucket": "Capital"}, message="bucket: 'Capital' is not a name of a bucket"),
            Refusal(change={"bucket": "192.168.1.1"}, message="bucket: '192.168.1.1' is not a name of a bucket"),
            Refusal(change={"bucket": "two..dots"}, message="bucket: 'two..dots' is not a name of a bucket"),
            Refusal(change={"versioning": {"enabled": True}}, message="use aws.s3.BucketVersioning"),
        ),
    ),
    Case(
        token="aws:s3/bucketVersioning:BucketVersioning",
        base=lambda world: {"bucket": bucket(world), "versioningConfiguration": {"status": "Enabled"}},
        changes={"versioningConfiguration": {"status": "Suspended"}},
        replaces={"bucket": "another", "region": "eu-west-1"},
        untested={"expectedBucketOwner": OTHER_OWNERS, "mfa": "refused: nobody has an MFA device"},
        absent=frozenset({"mfa"}),
        drift=_drift_versioning,
        why_not_removed="a bucket whose versioning was never switched on has versioning that is Disabled",
        refused=(
            Refusal(
                change={"versioningConfiguration": {"status": "On"}},
                message="versioningConfiguration.status: 'On' is not one of Enabled",
            ),
            Refusal(
                change={"versioningConfiguration": {"status": "Enabled", "mfaDelete": "Enabled"}},
                message="versioningConfiguration.mfaDelete: the sandbox cannot honour this",
            ),
        ),
    ),
    Case(
        token="aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        base=lambda world: {"bucket": bucket(world), "rules": encryption()},
        changes={"rules": encryption(bucketKeyEnabled=True)},
        replaces={"bucket": "another", "region": "eu-west-1"},
        untested={"expectedBucketOwner": OTHER_OWNERS},
        drift=_drift_encryption,
        why_not_removed="AWS encrypts every bucket, with AES256 where nothing else is said",
        refused=(
            Refusal(
                change={"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "rot13"}}]},
                message="rules[0].applyServerSideEncryptionByDefault.sseAlgorithm: 'rot13' is not one of",
            ),
            Refusal(change={"bucket": None}, message="bucket: is required"),
        ),
    ),
    Case(
        token="aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        base=lambda world: {"bucket": bucket(world), "restrictPublicBuckets": True},
        changes={
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": False,
            "skipDestroy": False,
        },
        replaces={"bucket": "another", "region": "eu-west-1"},
        absent=frozenset({"skipDestroy"}),
        drift=_drift_block,
        remove=lambda world, known: world.clients.client("s3").delete_public_access_block(Bucket=known.id),
        refused=(
            Refusal(change={"blockPublicAcls": "yes"}, message="blockPublicAcls: "),
            Refusal(change={"bucket": None}, message="bucket: is required"),
        ),
    ),
    Case(
        token="aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        base=lambda world: {"bucket": bucket(world), "rule": {"objectOwnership": "BucketOwnerEnforced"}},
        changes={"rule": {"objectOwnership": "BucketOwnerPreferred"}},
        replaces={"bucket": "another", "region": "eu-west-1"},
        drift=_drift_ownership,
        remove=lambda world, known: world.clients.client("s3").delete_bucket_ownership_controls(Bucket=known.id),
        refused=(
            Refusal(change={"rule": {"objectOwnership": "Nobody"}}, message="'Nobody' is not one of"),
            Refusal(change={"rule": {}}, message="rule.objectOwnership: is required"),
        ),
    ),
    Case(
        token="aws:s3/bucketPolicy:BucketPolicy",
        base=lambda world: {"bucket": bucket(world), "policy": policy(world, "TlsOnly")},
        changes={"policy": lambda world: policy(world, "Changed")},
        replaces={"bucket": "another", "region": "eu-west-1"},
        drift=_drift_policy,
        remove=lambda world, known: world.clients.client("s3").delete_bucket_policy(Bucket=known.id),
        refused=(
            Refusal(
                change={"policy": json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Refuse"}]})},
                message="policy.statement[0]",
            ),
            Refusal(change={"policy": "{"}, message="policy: is not valid JSON"),
        ),
    ),
    Case(
        token="aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        base=lambda world: {"bucket": bucket(world), "rules": lifecycle(90)},
        changes={"rules": lifecycle(30), "timeouts": {"create": "3m"}},
        replaces={"bucket": "another", "region": "eu-west-1"},
        untested={
            "expectedBucketOwner": OTHER_OWNERS,
            "transitionDefaultMinimumObjectSize": "refused: the emulator moves no objects",
        },
        absent=frozenset({"timeouts"}),
        drift=_drift_lifecycle,
        remove=lambda world, known: world.clients.client("s3").delete_bucket_lifecycle(Bucket=known.id),
        refused=(
            Refusal(change={"rules": lifecycle(0)}, message="rules[0].noncurrentVersionExpiration"),
            Refusal(change={"rules": [{"id": "idle", "status": "Enabled"}]}, message="rules[0]: does nothing"),
            Refusal(change={"rules": [*lifecycle(1), *lifecycle(2)]}, message="rules[1].id: 'old' is the id of"),
            Refusal(change={"rules": None}, message="rules: is required"),
        ),
    ),
    _object_case("aws:s3/bucketObjectv2:BucketObjectv2"),
    _object_case("aws:s3/bucketObject:BucketObject"),
)
