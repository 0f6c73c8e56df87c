"""S3 buckets (`aws:s3/bucket:Bucket`).

Deliberately without the settings that the official provider keeps inside this type only for old programs (`versioning`,
`policy`, `serverSideEncryptionConfiguration`, ...): each has a resource type of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from sandbox.provider.errors import aws_error_code
from sandbox.provider.resource_type import AutoName, CloudFormationShape, Imported, Operation, Problem, ResourceType
from sandbox.provider.resources.s3_access import MISSING_IN_S3, empty_bucket
from sandbox.provider.resources.tagging import as_list, as_map, tag_changes
from sandbox.provider.values import Properties

REGION_WITHOUT_CONSTRAINT: Final = "us-east-1"
"""CreateBucket refuses a location constraint that names this region (API reference, CreateBucket)."""

BUCKET_NAME: Final = re.compile(r"(?!.*\.\.)(?!.*(?:\.-|-\.))[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
"""Amazon S3 user guide, "General purpose bucket naming rules"; CloudFormation's schema does not say all of it."""
ADDRESS: Final = re.compile(r"\d{1,3}(\.\d{1,3}){3}")


def _create(operation: Operation) -> str:
    client, inputs, region = operation.client("s3"), operation.inputs, operation.clients.region
    request: dict[str, Any] = {"Bucket": inputs["bucket"]}
    if region != REGION_WITHOUT_CONSTRAINT:
        request["CreateBucketConfiguration"] = {"LocationConstraint": region}
    if inputs.get("objectLockEnabled"):
        request["ObjectLockEnabledForBucket"] = True
    client.create_bucket(**request)
    operation.created(str(inputs["bucket"]))
    if operation.tags:
        client.put_bucket_tagging(Bucket=inputs["bucket"], Tagging={"TagSet": as_list(operation.tags)})
    return str(inputs["bucket"])


def _read(operation: Operation) -> Properties | None:
    client, name, clients = operation.client("s3"), operation.id, operation.clients
    client.head_bucket(Bucket=name)
    versioning = client.get_bucket_versioning(Bucket=name)
    return {
        "accelerationStatus": "",
        "arn": f"arn:{clients.partition}:s3:::{name}",
        "bucket": name,
        "bucketDomainName": f"{name}.s3.{clients.dns_suffix}",
        "bucketRegion": clients.region,
        "bucketRegionalDomainName": f"{name}.s3.{clients.region}.{clients.dns_suffix}",
        "grants": [_grant(each) for each in client.get_bucket_acl(Bucket=name)["Grants"]],
        "objectLockEnabled": bool(_or_nothing(client.get_object_lock_configuration, name)),
        "policy": _or_nothing(client.get_bucket_policy, name).get("Policy", ""),
        "requestPayer": client.get_bucket_request_payment(Bucket=name).get("Payer", "BucketOwner"),
        "serverSideEncryptionConfiguration": _encryption(_or_nothing(client.get_bucket_encryption, name)),
        "tagsAll": as_map(_or_nothing(client.get_bucket_tagging, name).get("TagSet", [])),
        "versioning": {
            "enabled": versioning.get("Status") == "Enabled",
            "mfaDelete": versioning.get("MFADelete") == "Enabled",
        },
    }


def _or_nothing(get: Any, bucket: str) -> dict[str, Any]:
    """A setting that S3 answers with an error of its own where it is not made; a bucket that is gone stays an error."""
    try:
        return get(Bucket=bucket)
    except Exception as error:
        code = aws_error_code(error)
        if code == "ObjectLockConfigurationNotFoundError" or code in MISSING_IN_S3 - {"NoSuchBucket"}:
            return {}
        raise


def _grant(grant: dict[str, Any]) -> Properties:
    grantee = grant["Grantee"]
    given = {"id": grantee.get("ID"), "type": grantee["Type"], "uri": grantee.get("URI")}
    kept = {name: value for name, value in given.items() if value is not None}
    return {**kept, "permissions": [grant["Permission"]]}


def _encryption(answer: dict[str, Any]) -> Properties | None:
    rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    if not rules:
        return None
    default = rules[0]["ApplyServerSideEncryptionByDefault"]
    applied = {"sseAlgorithm": default["SSEAlgorithm"]}
    if default.get("KMSMasterKeyID"):
        applied["kmsMasterKeyId"] = default["KMSMasterKeyID"]
    key = bool(rules[0].get("BucketKeyEnabled"))
    return {"rule": {"applyServerSideEncryptionByDefault": applied, "bucketKeyEnabled": key}}


def _update(operation: Operation) -> None:
    changes = tag_changes(operation)
    if changes.added or changes.removed:
        # S3 knows all of a bucket's tags together only.
        if operation.tags:
            operation.client("s3").put_bucket_tagging(Bucket=operation.id, Tagging={"TagSet": as_list(operation.tags)})
        else:
            operation.client("s3").delete_bucket_tagging(Bucket=operation.id)


def _delete(operation: Operation) -> None:
    if operation.inputs.get("forceDestroy"):
        empty_bucket(operation, operation.id)
    operation.client("s3").delete_bucket(Bucket=operation.id)


def _check(inputs: Properties) -> Iterator[Problem]:
    name = inputs.get("bucket")
    if isinstance(name, str) and (BUCKET_NAME.fullmatch(name) is None or ADDRESS.fullmatch(name)):
        rule = "3 to 63 lower-case letters, digits, hyphens and single dots, no IP address"
        yield Problem(path=("bucket",), message=f"{name!r} is not a name of a bucket: {rule}")


def _import(identifier: str) -> Imported:
    return Imported(id=identifier, inputs={"bucket": identifier})


_OWN_TYPES: Final = {
    "accelerationStatus": "BucketAccelerateConfiguration",
    "acl": "BucketAcl",
    "corsRules": "BucketCorsConfiguration",
    "grants": "BucketAcl",
    "lifecycleRules": "BucketLifecycleConfiguration",
    "logging": "BucketLogging",
    "objectLockConfiguration": "BucketObjectLockConfiguration",
    "policy": "BucketPolicy",
    "replicationConfiguration": "BucketReplicationConfig",
    "requestPayer": "BucketRequestPaymentConfiguration",
    "serverSideEncryptionConfiguration": "BucketServerSideEncryptionConfiguration",
    "versioning": "BucketVersioning",
    "website": "BucketWebsiteConfiguration",
}

RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:s3/bucket:Bucket",  # noqa: S106 - a type token
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        check=_check,
        replaces=frozenset({"bucket", "bucketPrefix", "objectLockEnabled"}),
        defaults={"forceDestroy": False},
        computed=frozenset(
            {
                "accelerationStatus",
                "bucket",
                "bucketPrefix",
                "grants",
                "objectLockEnabled",
                "policy",
                "requestPayer",
                "serverSideEncryptionConfiguration",
                "versioning",
            }
        ),
        auto_name=AutoName(property="bucket", maximum_length=63),
        json_properties=frozenset({"policy"}),
        write_only=frozenset({"forceDestroy"}),
        import_id=_import,
        missing_codes=MISSING_IN_S3,
        unsupported={
            "bucketNamespace": "the emulator has one namespace for all buckets",
            **{name: f"it is deprecated in this type; use aws.s3.{own}" for name, own in _OWN_TYPES.items()},
        },
        cloudformation=CloudFormationShape(
            type_name="AWS::S3::Bucket",
            renames={"bucket": "BucketName"},
            omits=frozenset({"bucketPrefix", "forceDestroy"}),
        ),
    ),
)
