"""The frame over gRPC, on a made-up resource type: errors, secrets, half-made resources, configurations, tags."""

from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from sandbox.provider.ledger import outstanding
from sandbox.provider.service import AwsProvider
from sandbox.provider.values import UNKNOWN, decode, encode
from tests.provider.driver import Known, ProviderDriver, RefusedError, connect, urn
from tests.provider.fakes import TOKEN, FakeThings

SECRET = "4711-hunter2"


@pytest.fixture
def things() -> FakeThings:
    return FakeThings()


@pytest.fixture
def ledger_path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


def served(provider: AwsProvider) -> Iterator[int]:
    server: Any = grpc.server(futures.ThreadPoolExecutor(4))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield int(port)
    server.stop(None).wait()


@pytest.fixture
def port(things: FakeThings, ledger_path: Path) -> Iterator[int]:
    yield from served(things.provider(ledger_path))


@pytest.fixture
def driver(port: int) -> Iterator[ProviderDriver]:
    connection = connect(port)
    yield connection.configure(region="eu-west-1")
    connection.channel.close()


def refused(message: str) -> ClientError:
    error = {"Error": {"Code": "AccessDeniedException", "Message": message}, "ResponseMetadata": {"RequestId": "r-1"}}
    return ClientError(error, "CreateThing")  # pyright: ignore[reportArgumentType] - what matters of a response


def test_the_plugin_names_itself_and_takes_secrets(driver: ProviderDriver) -> None:
    handshake = driver.stub.Handshake(provider_pb2.ProviderHandshakeRequest())
    assert handshake.accept_secrets
    assert not handshake.accept_outputs
    assert handshake.supports_autonaming_configuration


def test_its_version_is_the_pulumi_aws_package_s(driver: ProviderDriver) -> None:
    from importlib.metadata import version

    from google.protobuf import empty_pb2

    assert driver.stub.GetPluginInfo(empty_pb2.Empty()).version == version("pulumi-aws")


def test_an_unknown_type_is_refused_with_a_way_on(driver: ProviderDriver) -> None:
    with pytest.raises(RefusedError, match=f"the sandbox has no resource type aws:s3/bucket:Bucket.*It has: {TOKEN}"):
        driver.check("aws:s3/bucket:Bucket", {})


def test_an_unknown_function_is_refused_with_a_way_on(driver: ProviderDriver) -> None:
    with pytest.raises(grpc.RpcError) as failed:
        driver.invoke("aws:ec2/getAmi:getAmi")
    assert "the sandbox does not know the function aws:ec2/getAmi:getAmi" in str(failed.value)


def test_nothing_works_before_the_engine_configured_the_provider(port: int) -> None:
    connection = connect(port)
    with pytest.raises(grpc.RpcError, match="the engine has not configured the aws provider"):
        connection.check(TOKEN, {})
    connection.channel.close()


def test_two_connections_have_their_own_region_and_tags(port: int, things: FakeThings) -> None:
    here, there = connect(port), connect(port)
    here.configure(region="eu-west-1")
    there.configure(region="us-east-1", defaultTags='{"tags": {"Owner": "us"}}')
    assert here.deploy(TOKEN, {"name": "here"}).state["region"] == "eu-west-1"
    made = there.deploy(TOKEN, {"name": "there", "tags": {"Team": "platform"}})
    assert made.state["region"] == "us-east-1"
    assert made.state["tags"] == {"Team": "platform"}
    assert made.state["tagsAll"] == {"Owner": "us", "Team": "platform"}
    elsewhere = here.deploy(TOKEN, {"name": "elsewhere", "region": "eu-north-1"})
    assert elsewhere.state["region"] == "eu-north-1"
    here.channel.close()
    there.channel.close()


def test_changed_default_tags_reach_existing_resources(port: int, things: FakeThings) -> None:
    connection = connect(port)
    connection.configure(region="eu-west-1", defaultTags={"tags": {"Owner": "us"}})
    made = connection.deploy(TOKEN, {"name": "a"})
    connection.configure(region="eu-west-1", defaultTags={"tags": {"Owner": "them"}})
    assert connection.diff(made, made.inputs).changed == {"tagsAll"}
    assert connection.update(made, made.inputs).state["tagsAll"] == {"Owner": "them"}
    assert things.operations[-2][1].changed == {"tagsAll"}
    connection.channel.close()


def test_settings_that_cannot_be_honoured_are_refused(port: int) -> None:
    connection = connect(port)
    with pytest.raises(RefusedError, match="profile: the sandbox has one endpoint, account and set of credentials"):
        connection.configure(profile="mine")
    with pytest.raises(RefusedError, match="regoin: the aws provider has no such setting; it has accessKey"):
        connection.configure(regoin="eu-west-1")
    with pytest.raises(RefusedError, match="region: 'eu-west-9' is not an AWS region; there are af-south-1"):
        connection.configure(region="eu-west-9")
    with pytest.raises(RefusedError, match="region: has no value; set it for the stack"):
        connection.configure(region="")
    with pytest.raises(grpc.RpcError, match="aws:defaultTags must look like"):
        connection.configure(defaultTags={"Owner": "us"})
    with pytest.raises(grpc.RpcError, match="aws:defaultTags is not valid JSON"):
        connection.configure(defaultTags="{")
    connection.channel.close()


def test_another_region_makes_another_provider(driver: ProviderDriver) -> None:
    old, new = encode({"region": "eu-west-1"}), encode({"region": "us-east-1"})
    answer = driver.stub.DiffConfig(provider_pb2.DiffRequest(old_inputs=old, news=new))
    assert list(answer.replaces) == ["region"]
    answer = driver.stub.DiffConfig(provider_pb2.DiffRequest(old_inputs=old, news=old))
    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE


def test_a_region_that_is_none_is_refused_for_a_resource(driver: ProviderDriver) -> None:
    with pytest.raises(RefusedError, match="region: 'mars-1' is not an AWS region"):
        driver.check(TOKEN, {"region": "mars-1"})


def test_an_error_of_aws_is_one_line_and_nothing_was_made(
    driver: ProviderDriver, things: FakeThings, ledger_path: Path
) -> None:
    things.failures["create"] = lambda: refused("you\n  may not")
    with pytest.raises(grpc.RpcError) as failed:
        driver.deploy(TOKEN, {"name": "a"})
    assert failed.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert failed.value.details() == (
        f"creating {TOKEN} a: CreateThing: AccessDeniedException: you may not (request r-1)"
    )
    assert outstanding(ledger_path) == []


def test_an_emulator_that_is_gone_is_told(driver: ProviderDriver, things: FakeThings) -> None:
    things.failures["create"] = lambda: EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
    with pytest.raises(grpc.RpcError, match="the emulator cannot be reached or did not answer: Could not connect"):
        driver.deploy(TOKEN, {"name": "a"})


def test_secrets_are_struck_out_of_errors_and_refusals(driver: ProviderDriver, things: FakeThings) -> None:
    things.failures["create"] = lambda: refused(f"key {SECRET} is bad")
    with pytest.raises(grpc.RpcError) as failed:
        driver.deploy(TOKEN, {"name": "a", "kmsKeyId": SECRET}, secret=frozenset({"kmsKeyId"}))
    assert SECRET not in str(failed.value)
    assert "key [secret] is bad" in str(failed.value.details())
    with pytest.raises(RefusedError) as refusal:
        driver.check(TOKEN, {"name": f"{SECRET}!"}, secret=frozenset({"name"}))
    assert SECRET not in str(refusal.value)


def test_a_mistake_in_the_provider_is_told_without_a_traceback(driver: ProviderDriver, things: FakeThings) -> None:
    made = driver.deploy(TOKEN, {"name": "a"})
    broken = Known(urn="urn:no-type", id=made.id, inputs={}, state={})
    with pytest.raises(grpc.RpcError) as failed:
        driver.refresh(broken)
    assert failed.value.code() is grpc.StatusCode.INTERNAL
    assert "the sandbox's aws provider failed (IndexError" in str(failed.value.details())
    assert "Traceback" not in str(failed.value.details())


def test_a_half_made_resource_reaches_the_engine_s_state_and_is_completed_by_the_next_update(
    driver: ProviderDriver, things: FakeThings, ledger_path: Path
) -> None:
    things.failures["after create"] = lambda: refused("no tags for you")
    checked = driver.check(TOKEN, {"name": "a", "retentionInDays": 7}).values
    with pytest.raises(grpc.RpcError) as failed:
        driver.stub.Create(provider_pb2.CreateRequest(urn=urn(TOKEN), properties=encode(checked)))
    trailing: Any = failed.value.trailing_metadata()
    status = status_pb2.Status.FromString(dict(trailing)["grpc-status-details-bin"])
    initialised = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(initialised)
    assert initialised.id == "a"
    assert "no tags for you" in initialised.reasons[0]
    state = decode(initialised.properties).values
    assert state["retentionInDays"] == 7
    assert [each.id for each in outstanding(ledger_path)] == ["a"]

    known = Known(urn=urn(TOKEN), id="a", inputs=checked, state=state)
    assert not driver.diff(known, checked).changed
    driver.update(known, checked)
    step, operation = things.operations[-2]
    assert step == "update"
    assert operation.changed >= {"retentionInDays", "tags"}


def test_a_half_made_resource_that_cannot_be_read_either_keeps_its_inputs(
    driver: ProviderDriver, things: FakeThings
) -> None:
    things.failures |= {"after create": lambda: refused("first"), "read": lambda: refused("second")}
    checked = driver.check(TOKEN, {"name": "a", "retentionInDays": 7}).values
    with pytest.raises(grpc.RpcError) as failed:
        driver.stub.Create(provider_pb2.CreateRequest(urn=urn(TOKEN), properties=encode(checked)))
    assert "first" in str(failed.value.details())
    assert "reading what was made" in str(failed.value.details())


def test_secret_inputs_are_secret_outputs_also_after_a_refresh_and_an_update(driver: ProviderDriver) -> None:
    made = driver.deploy(TOKEN, {"name": "a", "kmsKeyId": SECRET}, secret=frozenset({"kmsKeyId"}))
    assert made.state["kmsKeyId"] == SECRET
    assert made.secrets == {"kmsKeyId"}
    refreshed = driver.refresh(made)
    assert refreshed is not None
    assert refreshed.secrets == {"kmsKeyId"}
    assert driver.update(made, {**made.inputs, "retentionInDays": 7}).secrets == {"kmsKeyId"}


def test_secret_tags_make_all_tags_secret(driver: ProviderDriver) -> None:
    made = driver.deploy(TOKEN, {"name": "a", "tags": {"Key": SECRET}}, secret=frozenset({"tags"}))
    assert made.secrets == {"tags", "tagsAll"}


def test_a_preview_makes_nothing_and_knows_what_it_can(
    driver: ProviderDriver, things: FakeThings, ledger_path: Path
) -> None:
    planned = driver.preview(TOKEN, {"retentionInDays": 7})
    assert planned["arn"] is UNKNOWN
    assert planned["retentionInDays"] == 7
    assert things.operations == []
    assert not ledger_path.exists()


def test_a_resource_that_is_gone_is_read_as_nothing_and_deleted_without_error(
    driver: ProviderDriver, things: FakeThings, ledger_path: Path
) -> None:
    made = driver.deploy(TOKEN, {"name": "a"})
    things.things.clear()
    assert driver.refresh(made) is None
    things.failures["delete"] = lambda: ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "Delete")
    driver.delete(made)
    assert outstanding(ledger_path) == []


def test_a_deletion_that_aws_refuses_is_told_and_stays_in_the_ledger(
    driver: ProviderDriver, things: FakeThings, ledger_path: Path
) -> None:
    made = driver.deploy(TOKEN, {"name": "a"})
    things.failures["delete"] = lambda: refused("in use")
    with pytest.raises(grpc.RpcError, match=r"deleting aws:.* a \(a\): CreateThing: AccessDeniedException: in use"):
        driver.delete(made)
    assert [each.id for each in outstanding(ledger_path)] == ["a"]


def test_a_name_that_stays_the_same_is_deleted_before_it_is_made_again(driver: ProviderDriver) -> None:
    table_replaces_region = driver.deploy(TOKEN, {"name": "a"})
    moved = driver.check(TOKEN, {"name": "a", "region": "us-east-1"}).values
    assert driver.diff(table_replaces_region, moved).delete_before_replace
    renamed = driver.check(TOKEN, {"name": "b"}).values
    diff = driver.diff(table_replaces_region, renamed)
    assert diff.replaces == {"name"}
    assert not diff.delete_before_replace


def test_an_automatic_name_stands_in_nobodys_way(driver: ProviderDriver) -> None:
    made = driver.deploy(TOKEN, {})
    moved = driver.check(TOKEN, {"region": "us-east-1"}, old=made.inputs).values
    assert moved["name"] == made.inputs["name"]
    diff = driver.diff(made, moved)
    assert diff.replaces == {"region"}
    assert not diff.delete_before_replace


def test_ignored_changes_are_no_difference(driver: ProviderDriver) -> None:
    made = driver.deploy(TOKEN, {"name": "a", "retentionInDays": 7, "tags": {"A": "1", "B": "2"}})
    request = provider_pb2.DiffRequest(
        id=made.id,
        urn=made.urn,
        old_inputs=encode(made.inputs),
        olds=encode(made.state),
        news=encode({**made.inputs, "retentionInDays": 9, "tags": {"A": "9", "B": "9"}}),
        ignoreChanges=["retentionInDays", 'tags["A"]'],
    )
    assert list(driver.stub.Diff(request).detailedDiff) == ["tags.B"]
