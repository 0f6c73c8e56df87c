"""What the tables cannot say about SSM parameters, where certificates are kept."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.provider.aws_clients import AwsClients
from tests.provider.cases.case import World
from tests.provider.driver import ProviderDriver, RefusedError

PARAMETER = "aws:ssm/parameter:Parameter"
_COUNTER = itertools.count(1)


@pytest.fixture
def world(aws: ProviderDriver, clients: AwsClients, tmp_path: Path) -> Iterator[World]:
    world = World(aws=aws, clients=clients, folder=tmp_path, name=f"certificates-{next(_COUNTER)}")
    yield world
    world.clean()


def test_a_value_is_secret_whatever_its_type_and_whatever_the_program_says(world: World) -> None:
    for kind in ("SecureString", "String"):
        made = world.keep(world.aws.deploy(PARAMETER, {"type": kind, "value": "a certificate"}, name=kind))
        assert made.secrets >= {"value"}
        assert made.state["value"] == "a certificate"
    stored = world.clients.client("ssm").get_parameter(Name=made.id)["Parameter"]
    assert stored["Type"] == "String"


def test_only_who_may_decrypt_reads_a_secure_string(world: World) -> None:
    made = world.keep(world.aws.deploy(PARAMETER, {"type": "SecureString", "value": "a certificate"}))
    assert world.clients.client("ssm").get_parameter(Name=made.id)["Parameter"]["Value"] != "a certificate"


def test_each_change_is_a_new_version(world: World) -> None:
    made = world.keep(world.aws.deploy(PARAMETER, {"name": f"/{world.name}", "type": "String", "value": "one"}))
    assert made.state["version"] == 1
    checked = world.aws.check(PARAMETER, {**made.inputs, "value": "two"}, old=made.inputs).values
    assert world.aws.preview_update(made, checked)["version"] != 1
    assert world.aws.update(made, checked).state["version"] == 2


def test_an_advanced_parameter_becomes_a_standard_one_by_replacement_only(world: World) -> None:
    base = {"name": f"/{world.name}", "type": "String", "value": "one", "tier": "Standard"}
    made = world.keep(world.aws.deploy(PARAMETER, base))
    advanced = world.aws.check(PARAMETER, {**base, "tier": "Advanced"}, old=made.inputs).values
    assert world.aws.diff(made, advanced).replaces == frozenset()
    made = world.aws.update(made, advanced)
    standard = world.aws.check(PARAMETER, base, old=made.inputs).values
    assert world.aws.diff(made, standard).replaces == {"tier"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("arn", "arn:aws:ssm:a:1:parameter/a"), ("insecureValue", "a"), ("valueWo", "a"), ("valueWoVersion", 1)],
)
def test_what_the_sandbox_cannot_honour_is_refused(aws: ProviderDriver, name: str, value: object) -> None:
    with pytest.raises(RefusedError, match=f"^{name}: the sandbox cannot honour this: "):
        aws.check(PARAMETER, {"type": "String", "value": "a", name: value})
