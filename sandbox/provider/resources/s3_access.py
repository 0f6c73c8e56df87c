"""What the S3 resource types have in common: AWS's codes for what is not there, and documents in S3's own spelling.

Pure but for `empty_bucket`, which removes every version of every object.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from sandbox.provider.resource_type import MISSING_CODES, Imported, Operation
from sandbox.provider.values import Properties

MISSING_IN_S3: Final = MISSING_CODES | {
    "404",
    "NoSuchBucket",
    "NoSuchBucketPolicy",
    "NoSuchKey",
    "NoSuchLifecycleConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
    "NoSuchTagSet",
    "NotFound",
    "OwnershipControlsNotFoundError",
    "ServerSideEncryptionConfigurationNotFoundError",
}
"""S3 has a code of its own for every setting of a bucket; HEAD answers have a status only."""

Spelling = Mapping[str, str]
"""Members whose name in S3's API is not the Pulumi name with a capital letter: Pulumi name -> member."""


def as_request(values: Any, spelling: Spelling) -> Any:
    """Inputs in the spelling of boto3 (`noncurrentDays` -> `NoncurrentDays`), without what is not given."""
    if isinstance(values, Mapping):
        given = cast("Mapping[str, Any]", values)
        return {
            spelling.get(name, name[:1].upper() + name[1:]): as_request(value, spelling)
            for name, value in given.items()
            if value is not None
        }
    if isinstance(values, list):
        return [as_request(item, spelling) for item in cast("list[Any]", values)]
    return values


def as_output(document: Any, spelling: Spelling) -> Any:
    """The other way round, for what AWS answers."""
    names = {member: name for name, member in spelling.items()}
    if isinstance(document, Mapping):
        given = cast("Mapping[str, Any]", document)
        return {
            names.get(member, member[:1].lower() + member[1:]): as_output(value, spelling)
            for member, value in given.items()
        }
    if isinstance(document, list):
        return [as_output(item, spelling) for item in cast("list[Any]", document)]
    return document


def bucket_import(identifier: str) -> Imported:
    """The import id of a bucket's setting: the bucket's name. Raises ValueError for anything else."""
    if not identifier or "/" in identifier or "," in identifier:
        raise ValueError(f"{identifier!r} must be the name of a bucket")
    return Imported(id=identifier, inputs={"bucket": identifier})


def empty_bucket(operation: Operation, bucket: str, *, prefix: str = "", only_key: str | None = None) -> None:
    """Removes every version and delete marker of every object, or of the object `only_key`."""
    client = operation.client("s3")
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=only_key or prefix):
        for entry in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
            if only_key in (None, entry["Key"]):
                client.delete_object(Bucket=bucket, Key=entry["Key"], VersionId=entry["VersionId"])


def known(values: Properties) -> Properties:
    """The values that are there."""
    return {name: value for name, value in values.items() if value not in (None, "")}
