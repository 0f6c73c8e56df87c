"""S3 objects: their content in each form, their versions, and what deleting them leaves."""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from sandbox.provider.aws_clients import AwsClients
from sandbox.provider.values import UNKNOWN, Asset
from tests.provider.cases.case import World
from tests.provider.driver import Known, ProviderDriver, RefusedError

OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"
BUCKET = "aws:s3/bucket:Bucket"


@pytest.fixture
def bucket(aws: ProviderDriver, clients: AwsClients, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of a versioned bucket, emptied at the end."""
    world = World(aws=aws, clients=clients, folder=tmp_path, name=f"s3-{abs(hash(request.node.name)) % 10**8}")
    made = world.need(BUCKET, {"bucket": world.name, "forceDestroy": True})
    world.need(
        "aws:s3/bucketVersioning:BucketVersioning",
        {"bucket": made.id, "versioningConfiguration": {"status": "Enabled"}},
        name="versioning",
    )
    yield made.id
    world.clean()


def content(clients: AwsClients, known: Known) -> bytes:
    return clients.client("s3").get_object(Bucket=known.state["bucket"], Key=known.id)["Body"].read()


def test_content_comes_as_text_as_base64_from_a_file_or_is_empty(
    aws: ProviderDriver, clients: AwsClients, bucket: str, tmp_path: Path
) -> None:
    file = tmp_path / "bundle.pem"
    file.write_bytes(b"\x00of a file")
    for key, given, expected in (
        ("text", {"content": "text"}, b"text"),
        ("base64", {"contentBase64": base64.b64encode(b"\x00\xff").decode()}, b"\x00\xff"),
        ("file", {"source": Asset(path=str(file), hash="1")}, b"\x00of a file"),
        ("asset", {"source": Asset(text="of an asset", hash="2")}, b"of an asset"),
        ("nothing", {}, b""),
    ):
        known = aws.deploy(OBJECT, {"bucket": bucket, "key": key, **given}, name=key)
        assert content(clients, known) == expected
        assert known.state["etag"] == hashlib.md5(expected, usedforsecurity=False).hexdigest()
        aws.delete(known)
        assert "Versions" not in clients.client("s3").list_object_versions(Bucket=bucket, Prefix=key)


def test_a_file_that_is_missing_is_told_in_one_line(aws: ProviderDriver, bucket: str, tmp_path: Path) -> None:
    source = Asset(path=str(tmp_path / "nowhere"), hash="1")
    with pytest.raises(grpc.RpcError) as failed:
        aws.deploy(OBJECT, {"bucket": bucket, "key": "x", "source": source})
    assert "source: " in str(failed.value.details())
    assert "\n" not in str(failed.value.details())


def test_a_changed_content_is_a_new_version_which_the_preview_cannot_know(
    aws: ProviderDriver, clients: AwsClients, bucket: str
) -> None:
    known = aws.deploy(OBJECT, {"bucket": bucket, "key": "truststore.pem", "content": "first"})
    first = known.state["versionId"]
    assert first
    checked = aws.check(OBJECT, {"bucket": bucket, "key": "truststore.pem", "content": "second"}, old=known.inputs)
    diff = aws.diff(known, checked.values)
    assert (diff.changed, diff.replaces) == ({"content"}, frozenset())
    assert aws.preview_update(known, checked.values)["versionId"] is UNKNOWN
    changed = aws.update(known, checked.values)
    assert changed.state["versionId"] not in ("", first)
    store = clients.client("s3")
    old = store.get_object(Bucket=bucket, Key="truststore.pem", VersionId=first)["Body"].read()
    assert (old, content(clients, changed)) == (b"first", b"second")
    # Tags are no new version.
    tagged = aws.check(OBJECT, {**checked.values, "tags": {"a": "b"}}, old=changed.inputs).values
    assert aws.preview_update(changed, tagged)["versionId"] == changed.state["versionId"]
    assert aws.update(changed, tagged).state["versionId"] == changed.state["versionId"]
    aws.delete(changed)


def test_a_bucket_with_objects_is_deleted_only_when_that_was_said(
    aws: ProviderDriver, clients: AwsClients, request: pytest.FixtureRequest
) -> None:
    name = f"kept-{abs(hash(request.node.name)) % 10**8}"
    kept = aws.deploy(BUCKET, {"bucket": name})
    clients.client("s3").put_object(Bucket=name, Key="x", Body=b"x")
    with pytest.raises(grpc.RpcError) as failed:
        aws.delete(kept)
    assert "BucketNotEmpty" in str(failed.value.details())
    checked = aws.check(BUCKET, {"bucket": name, "forceDestroy": True}, old=kept.inputs).values
    aws.delete(aws.update(kept, checked))


def test_settings_that_have_a_type_of_their_own_are_refused_with_its_name(aws: ProviderDriver) -> None:
    for given, own in (
        ({"versioning": {"enabled": True}}, "aws.s3.BucketVersioning"),
        ({"policy": "{}"}, "aws.s3.BucketPolicy"),
        ({"acl": "private"}, "aws.s3.BucketAcl"),
    ):
        with pytest.raises(RefusedError, match=own):
            aws.check(BUCKET, {"bucket": "any-name", **given})
