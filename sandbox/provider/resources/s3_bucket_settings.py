"""Settings of S3 buckets: versioning, encryption, public access, ownership of objects, the policy.

Each is one document that S3 takes and answers as a whole; deleting the resource puts the bucket back to what AWS gives
a new one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sandbox.provider.resource_type import ApiShape, CloudFormationShape, Operation, Problem, ResourceType
from sandbox.provider.resources.s3_access import MISSING_IN_S3, as_output, as_request, bucket_import
from sandbox.provider.values import Properties, list_of, object_of

VERSIONING_STATES: Final = ("Enabled", "Suspended", "Disabled")
"""`Disabled` is the official provider's word for a bucket whose versioning was never switched on."""
ENCRYPTION_SPELLING: Final = {"kmsMasterKeyId": "KMSMasterKeyID", "sseAlgorithm": "SSEAlgorithm"}
BLOCKS: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
_OTHER_OWNERS: Final = "buckets of other accounts are not to be had in the sandbox"


def _put_versioning(operation: Operation) -> str:
    bucket = str(operation.inputs["bucket"])
    status = operation.inputs["versioningConfiguration"]["status"]
    if status != "Disabled":
        operation.client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})
    else:
        operation.client("s3").head_bucket(Bucket=bucket)
    return bucket


def _read_versioning(operation: Operation) -> Properties | None:
    live = operation.client("s3").get_bucket_versioning(Bucket=operation.id)
    configuration = {"status": live.get("Status", "Disabled"), "mfaDelete": live.get("MFADelete", "")}
    return {"bucket": operation.id, "expectedBucketOwner": "", "versioningConfiguration": configuration}


def _completed_versioning(inputs: Properties) -> Properties:
    given = object_of(inputs.get("versioningConfiguration"))
    return {**inputs, "versioningConfiguration": {"mfaDelete": "", **given}} if given else inputs


def _delete_versioning(operation: Operation) -> None:
    """Suspends it: versioning cannot be taken back (Amazon S3 user guide, "Using versioning in S3 buckets")."""
    client = operation.client("s3")
    if client.get_bucket_versioning(Bucket=operation.id).get("Status") == "Enabled":
        client.put_bucket_versioning(Bucket=operation.id, VersioningConfiguration={"Status": "Suspended"})


def _check_versioning(inputs: Properties) -> Iterator[Problem]:
    configuration = object_of(inputs.get("versioningConfiguration"))
    status = configuration.get("status")
    if isinstance(status, str) and status not in VERSIONING_STATES:
        message = f"{status!r} is not one of {', '.join(VERSIONING_STATES)}"
        yield Problem(path=("versioningConfiguration", "status"), message=message)
    if configuration.get("mfaDelete") is not None:
        message = "the sandbox cannot honour this: nobody has an MFA device there"
        yield Problem(path=("versioningConfiguration", "mfaDelete"), message=message)


def _versioning_judged(properties: dict[str, Any]) -> dict[str, Any]:
    if properties.get("VersioningConfiguration", {}).get("Status") == "Disabled":
        return {name: value for name, value in properties.items() if name != "VersioningConfiguration"}
    return properties


def _put_encryption(operation: Operation) -> str:
    bucket = str(operation.inputs["bucket"])
    operation.client("s3").put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={"Rules": as_request(operation.inputs["rules"], ENCRYPTION_SPELLING)},
    )
    return bucket


def _read_encryption(operation: Operation) -> Properties | None:
    live = operation.client("s3").get_bucket_encryption(Bucket=operation.id)["ServerSideEncryptionConfiguration"]
    rules = [_completed_rule(each) for each in as_output(live["Rules"], ENCRYPTION_SPELLING)]
    return {"bucket": operation.id, "expectedBucketOwner": "", "rules": rules}


def _completed_rule(rule: Any) -> Any:
    if not isinstance(rule, dict):
        return rule
    given = object_of(rule)
    kept = {name: value for name, value in given.items() if name != "blockedEncryptionTypes" or value}
    default = object_of(given.get("applyServerSideEncryptionByDefault"))
    completed = {"bucketKeyEnabled": False, **kept}
    return {**completed, "applyServerSideEncryptionByDefault": {"kmsMasterKeyId": "", **default}}


def _completed_encryption(inputs: Properties) -> Properties:
    rules = inputs.get("rules")
    return {**inputs, "rules": [_completed_rule(each) for each in list_of(rules)]} if list_of(rules) else inputs


def _put_public_access_block(operation: Operation) -> str:
    bucket = str(operation.inputs["bucket"])
    configuration = as_request({name: operation.inputs[name] for name in BLOCKS}, {})
    operation.client("s3").put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=configuration)
    return bucket


def _read_public_access_block(operation: Operation) -> Properties | None:
    live = operation.client("s3").get_public_access_block(Bucket=operation.id)["PublicAccessBlockConfiguration"]
    found = as_output(live, {})
    return {"bucket": operation.id, **{name: bool(found.get(name)) for name in BLOCKS}}


def _delete_public_access_block(operation: Operation) -> None:
    if not operation.inputs.get("skipDestroy"):
        operation.client("s3").delete_public_access_block(Bucket=operation.id)


def _put_ownership(operation: Operation) -> str:
    bucket = str(operation.inputs["bucket"])
    rules = [as_request(operation.inputs["rule"], {})]
    operation.client("s3").put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": rules})
    return bucket


def _read_ownership(operation: Operation) -> Properties | None:
    live = operation.client("s3").get_bucket_ownership_controls(Bucket=operation.id)["OwnershipControls"]
    return {"bucket": operation.id, "rule": as_output(live["Rules"][0], {})}


def _put_policy(operation: Operation) -> str:
    bucket = str(operation.inputs["bucket"])
    operation.client("s3").put_bucket_policy(Bucket=bucket, Policy=operation.inputs["policy"])
    return bucket


def _read_policy(operation: Operation) -> Properties | None:
    live = operation.client("s3").get_bucket_policy(Bucket=operation.id)
    return {"bucket": operation.id, "policy": live["Policy"]}


def _again(put: Any) -> Any:
    def update(operation: Operation) -> None:
        put(operation)

    return update


RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:s3/bucketVersioning:BucketVersioning",  # noqa: S106 - a type token
        create=_put_versioning,
        read=_read_versioning,
        update=_again(_put_versioning),
        delete=_delete_versioning,
        check=_check_versioning,
        completes=_completed_versioning,
        replaces=frozenset({"bucket", "expectedBucketOwner"}),
        computed=frozenset({"expectedBucketOwner"}),
        import_id=bucket_import,
        missing_codes=MISSING_IN_S3,
        unsupported={"expectedBucketOwner": _OTHER_OWNERS, "mfa": "nobody has an MFA device in the sandbox"},
        cloudformation=CloudFormationShape(
            type_name="AWS::S3::Bucket",
            only=frozenset({"versioningConfiguration"}),
            omits=frozenset({"versioningConfiguration.mfaDelete"}),
            adjust=_versioning_judged,
        ),
        api=ApiShape(service="s3", operation="PutBucketVersioning", members={"bucket": "Bucket"}),
    ),
    ResourceType(
        token="aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",  # noqa: S106
        create=_put_encryption,
        read=_read_encryption,
        update=_again(_put_encryption),
        delete=lambda operation: operation.client("s3").delete_bucket_encryption(Bucket=operation.id),
        completes=_completed_encryption,
        replaces=frozenset({"bucket", "expectedBucketOwner"}),
        computed=frozenset({"expectedBucketOwner"}),
        import_id=bucket_import,
        missing_codes=MISSING_IN_S3,
        unsupported={"expectedBucketOwner": _OTHER_OWNERS},
        cloudformation=CloudFormationShape(
            type_name="AWS::S3::Bucket",
            only=frozenset({"rules"}),
            renames={
                "rules": "BucketEncryption.ServerSideEncryptionConfiguration",
                "rules.applyServerSideEncryptionByDefault": "ServerSideEncryptionByDefault",
                "rules.applyServerSideEncryptionByDefault.kmsMasterKeyId": "KMSMasterKeyID",
                "rules.applyServerSideEncryptionByDefault.sseAlgorithm": "SSEAlgorithm",
            },
            omits=frozenset({"rules.blockedEncryptionTypes"}),
        ),
    ),
    ResourceType(
        token="aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",  # noqa: S106 - a type token
        create=_put_public_access_block,
        read=_read_public_access_block,
        update=_again(_put_public_access_block),
        delete=_delete_public_access_block,
        replaces=frozenset({"bucket"}),
        defaults=dict.fromkeys(BLOCKS, False),
        write_only=frozenset({"skipDestroy"}),
        import_id=bucket_import,
        missing_codes=MISSING_IN_S3,
        cloudformation=CloudFormationShape(
            type_name="AWS::S3::Bucket",
            only=frozenset(BLOCKS),
            renames={name: f"PublicAccessBlockConfiguration.{name[:1].upper()}{name[1:]}" for name in BLOCKS},
        ),
        api=ApiShape(service="s3", operation="PutPublicAccessBlock", members={"bucket": "Bucket"}),
    ),
    ResourceType(
        token="aws:s3/bucketOwnershipControls:BucketOwnershipControls",  # noqa: S106 - a type token
        create=_put_ownership,
        read=_read_ownership,
        update=_again(_put_ownership),
        delete=lambda operation: operation.client("s3").delete_bucket_ownership_controls(Bucket=operation.id),
        replaces=frozenset({"bucket"}),
        import_id=bucket_import,
        missing_codes=MISSING_IN_S3,
        cloudformation=CloudFormationShape(
            type_name="AWS::S3::Bucket",
            only=frozenset({"rule"}),
            renames={"rule": "OwnershipControls.Rules"},
            adjust=lambda properties: {
                "OwnershipControls": {"Rules": [properties["OwnershipControls"]["Rules"]]},
            },
        ),
    ),
    ResourceType(
        token="aws:s3/bucketPolicy:BucketPolicy",  # noqa: S106 - a type token
        create=_put_policy,
        read=_read_policy,
        update=_again(_put_policy),
        delete=lambda operation: operation.client("s3").delete_bucket_policy(Bucket=operation.id),
        replaces=frozenset({"bucket"}),
        json_properties=frozenset({"policy"}),
        import_id=bucket_import,
        missing_codes=MISSING_IN_S3,
        cloudformation=CloudFormationShape(type_name="AWS::S3::BucketPolicy", renames={"policy": "PolicyDocument"}),
    ),
)
