"""S3 objects (`aws:s3/bucketObjectv2:BucketObjectv2` and the older `aws:s3/bucketObject:BucketObject`).

A changed content is put as a new version of the same key; only another bucket or key makes another object.
"""

from __future__ import annotations

import base64
import binascii
import urllib.parse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from sandbox.provider.declarations import declaration
from sandbox.provider.errors import ProviderError
from sandbox.provider.resource_type import ApiShape, Imported, Operation, Problem, ResourceType
from sandbox.provider.resources.s3_access import MISSING_IN_S3, empty_bucket, known
from sandbox.provider.resources.tagging import as_list, as_map, tag_changes
from sandbox.provider.values import Asset, Properties

CONTENT_INPUTS: Final = ("content", "contentBase64", "source")
HEADERS: Final = {
    "acl": "ACL",
    "bucketKeyEnabled": "BucketKeyEnabled",
    "cacheControl": "CacheControl",
    "checksumAlgorithm": "ChecksumAlgorithm",
    "contentDisposition": "ContentDisposition",
    "contentEncoding": "ContentEncoding",
    "contentLanguage": "ContentLanguage",
    "contentType": "ContentType",
    "kmsKeyId": "SSEKMSKeyId",
    "metadata": "Metadata",
    "serverSideEncryption": "ServerSideEncryption",
    "storageClass": "StorageClass",
    "websiteRedirect": "WebsiteRedirectLocation",
}
"""Inputs that travel with the content -> members of PutObject."""
CHECKSUMS: Final = {
    "checksumCrc32": "ChecksumCRC32",
    "checksumCrc32c": "ChecksumCRC32C",
    "checksumCrc64nvme": "ChecksumCRC64NVME",
    "checksumSha1": "ChecksumSHA1",
    "checksumSha256": "ChecksumSHA256",
}
PUT_AGAIN: Final = frozenset({*CONTENT_INPUTS, *HEADERS, "etag", "sourceHash"})
"""Inputs whose change puts the object again (terraform-provider-aws, `hasObjectContentChanges`)."""
DEFAULT_CONTENT_TYPE: Final = "application/octet-stream"
DEFAULT_STORAGE_CLASS: Final = "STANDARD"


def _put(operation: Operation) -> str:
    inputs = operation.inputs
    request = {member: inputs[name] for name, member in HEADERS.items() if inputs.get(name) not in (None, "")}
    if operation.tags:
        request["Tagging"] = "&".join(f"{_escaped(key)}={_escaped(text)}" for key, text in operation.tags.items())
    request.setdefault("ContentType", DEFAULT_CONTENT_TYPE)
    operation.client("s3").put_object(Bucket=inputs["bucket"], Key=inputs["key"], Body=_content(operation), **request)
    if not operation.tags and operation.state.get("tagsAll"):
        # A new version has no tags on AWS; the emulator keeps those of the last one.
        operation.client("s3").delete_object_tagging(Bucket=inputs["bucket"], Key=inputs["key"])
    operation.created(str(inputs["key"]))
    return str(inputs["key"])


def _escaped(text: str) -> str:
    return urllib.parse.quote(text, safe="")


def _content(operation: Operation) -> bytes:
    inputs = operation.inputs
    if inputs.get("content") is not None:
        return str(inputs["content"]).encode()
    if inputs.get("contentBase64") is not None:
        return base64.b64decode(str(inputs["contentBase64"]))
    source = inputs.get("source")
    if source is None:
        return b""
    if not isinstance(source, Asset) or source.uri:
        raise ProviderError("source: give a file or a text; archives and URLs are not supported in the sandbox")
    if not source.path:
        return source.text.encode()
    path = Path(source.path)
    if not path.is_absolute():
        if operation.program_directory is None:
            raise ProviderError(f"source: {path} is relative, and nobody knows to which folder; give an absolute path")
        path = operation.program_directory / path
    try:
        return path.read_bytes()
    except OSError as error:
        raise ProviderError(f"source: {path} cannot be read: {error.strerror}") from error


def _reader(token: str) -> Any:
    def read(operation: Operation) -> Properties | None:
        client, bucket, key = operation.client("s3"), operation.inputs["bucket"], operation.inputs["key"]
        wants_checksum = operation.inputs.get("checksumAlgorithm")
        mode = {"ChecksumMode": "ENABLED"} if wants_checksum else {}
        live: Mapping[str, Any] = client.head_object(Bucket=bucket, Key=key, **mode)
        tags = client.get_object_tagging(Bucket=bucket, Key=key).get("TagSet", [])
        found = {
            "arn": f"arn:{operation.clients.partition}:s3:::{bucket}/{key}",
            "bucket": bucket,
            "bucketKeyEnabled": live.get("BucketKeyEnabled", False),
            "cacheControl": live.get("CacheControl", ""),
            "checksumAlgorithm": wants_checksum,
            "contentDisposition": live.get("ContentDisposition", ""),
            "contentEncoding": live.get("ContentEncoding", ""),
            "contentLanguage": live.get("ContentLanguage", ""),
            "contentType": live.get("ContentType", DEFAULT_CONTENT_TYPE),
            "etag": str(live["ETag"]).strip('"'),
            "key": key,
            "kmsKeyId": live.get("SSEKMSKeyId"),
            "metadata": live.get("Metadata", {}),
            "serverSideEncryption": live.get("ServerSideEncryption", ""),
            "storageClass": live.get("StorageClass", DEFAULT_STORAGE_CLASS),
            "tagsAll": as_map(tags),
            "versionId": _version(live),
            "websiteRedirect": live.get("WebsiteRedirectLocation", ""),
            **{name: live.get(member, "") if wants_checksum else "" for name, member in CHECKSUMS.items()},
        }
        outputs = declaration(token).outputs
        return {name: value for name, value in found.items() if name in outputs}

    return read


def _version(live: Mapping[str, Any]) -> str:
    """The id of the version; none in a bucket without versioning, where S3 calls it `null` or leaves it out."""
    version = str(live.get("VersionId") or "")
    return "" if version == "null" else version


def _update(operation: Operation) -> None:
    if operation.changed & PUT_AGAIN:
        _put(operation)
        return
    changes = tag_changes(operation)
    if changes.added or changes.removed:
        operation.client("s3").put_object_tagging(
            Bucket=operation.inputs["bucket"], Key=operation.inputs["key"], Tagging={"TagSet": as_list(operation.tags)}
        )


def _delete(operation: Operation) -> None:
    """With every version of it, as the official provider does, or the bucket could never be deleted."""
    bucket, key = str(operation.inputs["bucket"]), str(operation.inputs.get("key") or operation.id)
    empty_bucket(operation, bucket, only_key=key)


def _check(inputs: Properties) -> Iterator[Problem]:
    given = [name for name in CONTENT_INPUTS if name in inputs]
    if len(given) > 1:
        yield Problem(path=(given[1],), message=f"excludes {given[0]}; give one of {', '.join(CONTENT_INPUTS)}")
    if "key" not in inputs:
        yield Problem(path=("key",), message="has no value; the sandbox makes no names of objects")
    text = inputs.get("contentBase64")
    if isinstance(text, str):
        try:
            base64.b64decode(text, validate=True)
        except binascii.Error as error:
            yield Problem(path=("contentBase64",), message=f"is not valid base64: {error}")
    if "kmsKeyId" in inputs and "etag" in inputs:
        yield Problem(path=("etag",), message="excludes kmsKeyId: the entity tag of such an object is no hash of it")


def _import(identifier: str) -> Imported:
    bucket, separator, key = identifier.removeprefix("s3://").partition("/")
    if not (bucket and separator and key):
        raise ValueError(f"{identifier!r} must be BUCKET/KEY or s3://BUCKET/KEY")
    return Imported(id=key, inputs=known({"bucket": bucket, "key": key}))


_LOCKED: Final = "the emulator would keep the object even from the end of the stack"
_UNSUPPORTED: Final = {
    "objectLockLegalHoldStatus": _LOCKED,
    "objectLockMode": _LOCKED,
    "objectLockRetainUntilDate": _LOCKED,
}
_MEMBERS: Final = {
    "acl": "ACL",
    "bucket": "Bucket",
    "key": "Key",
    "kmsKeyId": "SSEKMSKeyId",
    "serverSideEncryption": "ServerSideEncryption",
    "storageClass": "StorageClass",
}


def _object_type(token: str, *, newer: bool) -> ResourceType:
    return ResourceType(
        token=token,
        create=_put,
        read=_reader(token),
        update=_update,
        delete=_delete,
        check=_check,
        replaces=frozenset({"bucket", "key"}),
        defaults={"forceDestroy": False},
        computed=frozenset(
            {"bucketKeyEnabled", "contentType", "etag", "kmsKeyId", "serverSideEncryption", "storageClass"}
        ),
        write_only=frozenset({"acl", "content", "contentBase64", "forceDestroy", "source", "sourceHash"}),
        recomputed={
            "versionId": PUT_AGAIN - (frozenset() if newer else frozenset({"checksumAlgorithm"})),
            "etag": frozenset({*CONTENT_INPUTS, "sourceHash", "kmsKeyId"}),
            **({name: frozenset({*CONTENT_INPUTS, "checksumAlgorithm"}) for name in CHECKSUMS} if newer else {}),
        },
        locators=frozenset({"bucket", "key"}),
        import_id=_import,
        missing_codes=MISSING_IN_S3,
        unsupported=_UNSUPPORTED
        | ({"overrideProvider": "the sandbox applies the provider's default tags to every resource"} if newer else {}),
        api=ApiShape(
            service="s3",
            operation="PutObject",
            members={**_MEMBERS, **({"checksumAlgorithm": "ChecksumAlgorithm"} if newer else {})},
        ),
    )


RESOURCE_TYPES: Final = (
    _object_type("aws:s3/bucketObjectv2:BucketObjectv2", newer=True),
    _object_type("aws:s3/bucketObject:BucketObject", newer=False),
)
