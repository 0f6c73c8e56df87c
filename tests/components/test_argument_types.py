"""Arguments of another type than annotated are refused by name, with what to write, and without their values."""

import asyncio
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

import pulumi
import pytest

from components.api_stage import StageSettings
from components.argument_types import check_types, written_as
from components.authorized_api import AuthorizedApiArgs
from components.cors import Cors
from components.custom_authorizer import CustomAuthorizerArgs
from components.errors import ArgumentError
from components.function_platform import FunctionPlatform, SecretsExtension
from components.function_settings import ExistingSecret, ProvisionedConcurrency, VpcSettings
from components.gateway_responses import GatewayResponse
from components.iam import Statement
from components.managed_secret import ManagedSecretArgs
from components.python_function import PythonFunctionArgs
from components.routes import Route
from tests.components.samples import authorized_api, authorizer_args, function_args, secret_args
from tests.support.mocks import deploy

LAYER = "arn:aws:lambda:ap-southeast-3:490737872127:layer:AWS-Parameters-and-Secrets-Lambda-Extension:94"


class Colour(StrEnum):
    RED = "RED"
    BLUE = "BLUE"


@dataclass(frozen=True)
class Frame:
    width: int
    _: KW_ONLY
    height: int
    depth: int = 1


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One field of each kind that annotations of arguments have."""

    title: str = "a"
    count: int = 1
    ratio: float = 0.5
    shown: bool = True
    file: Path = Path()
    folder: Path | None = field(default=None, metadata=written_as("a Path of a folder"))
    colour: Colour = Colour.RED
    side: Literal["left", "right"] = "left"
    frame: Frame | Colour | None = None
    address: pulumi.Input[str] = "b"
    names: Sequence[str] = ()
    values: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    nested: Mapping[str, Sequence[Mapping[str, int]]] = field(default_factory=dict[str, Sequence[Mapping[str, int]]])
    anything: Any = None


async def later() -> str:
    return "later"


def picture(**changes: Any) -> None:
    check_types(Picture(**changes), "picture p")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"title": None}, "title is None; write a text (str)."),
        ({"title": b"a"}, "title is of type bytes; write a text (str)."),
        ({"count": "1"}, "count is of type str; write a whole number."),
        ({"count": 1.0}, "count is of type float; write a whole number."),
        ({"count": True}, "count is of type bool; write a whole number."),
        ({"ratio": True}, "ratio is of type bool; write a number."),
        ({"shown": "no"}, "shown is of type str; write True or False."),
        ({"shown": 0}, "shown is of type int; write True or False."),
        ({"file": "a"}, "file is of type str; write a Path, such as Path(__file__).parent / 'folder'."),
        ({"folder": "a"}, "folder is of type str; write a Path of a folder."),
        ({"colour": 1}, "colour is of type int; write one of RED, BLUE."),
        ({"side": "middle"}, "side is of type str; write one of 'left', 'right'."),
        (
            {"frame": {"width": 1}},
            "frame is of type dict; write Frame(width, height=..., ...) or one of RED, BLUE or None.",
        ),
        ({"frame": Frame}, "frame is the class Frame itself; write Frame(width, height=..., ...) or"),
        ({"address": 1}, "address is of type int; write a text (str) or an output."),
        ({"names": "a"}, "names is of type str; write a list in which each is a text (str)."),
        ({"names": {"a"}}, "names is of type set; write a list in which each is a text (str)."),
        ({"names": ["a", 1]}, "names[1] is of type int; write a text (str)."),
        ({"values": ["a"]}, "values is of type list; write a dict in which each value is a text (str) or an output."),
        ({"values": {"a": None}}, "values['a'] is None; write a text (str) or an output."),
        ({"values": {1: "a"}}, "a name in values is of type int; write a text (str)."),
        ({"nested": {"a": [{}, {"b": "c"}]}}, "nested['a'][1]['b'] is of type str; write a whole number."),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place_and_what_to_write(changes: Mapping[str, Any], says: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        picture(**changes)
    assert str(refused.value).startswith(f"picture p: {says}")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"ratio": 1},
        {"colour": "GREEN"},  # a text: which ones there are, the class says itself
        {"folder": Path(), "file": Path("a")},
        {"frame": Frame(1, height=2)},
        {"frame": Colour.BLUE},
        {"names": ["a"], "values": {"a": "b"}, "nested": {"a": ({"b": 1},)}},
        {"anything": object()},
    ],
)
def test_what_fits_passes(changes: Mapping[str, Any]) -> None:
    picture(**changes)


def test_outputs_and_what_can_be_awaited_are_inputs_wherever_one_is_expected() -> None:
    def program() -> None:
        given = pulumi.Output.from_input("a")
        waiting = asyncio.ensure_future(later(), loop=asyncio.get_event_loop())
        picture(address=given, values={"a": given, "b": waiting})
        with pytest.raises(ArgumentError, match="title is of type Output; write a text"):
            picture(title=given)

    deploy(program)


def test_no_value_is_repeated() -> None:
    for changes in ({"values": "TOKEN=sesame"}, {"values": {"TOKEN": b"sesame"}}, {"count": "sesame"}):
        with pytest.raises(ArgumentError) as refused:
            picture(**changes)
        assert "sesame" not in str(refused.value)


def api_args() -> AuthorizedApiArgs:
    return deploy(authorized_api).result.args


# By class, arguments to change one of.
ARGUMENTS: dict[type, Callable[[], Any]] = {
    AuthorizedApiArgs: api_args,
    Cors: lambda: Cors(allow_origin="*"),
    CustomAuthorizerArgs: authorizer_args,
    ExistingSecret: lambda: ExistingSecret("arn:aws:secretsmanager:ap-southeast-3:111122223333:secret:key-AbCdEf"),
    FunctionPlatform: FunctionPlatform,
    GatewayResponse: lambda: GatewayResponse(type="DEFAULT_4XX"),
    ManagedSecretArgs: secret_args,
    ProvisionedConcurrency: lambda: ProvisionedConcurrency(executions=1),
    PythonFunctionArgs: function_args,
    Route: lambda: api_args().routes[0],
    SecretsExtension: lambda: SecretsExtension(layer_version_arn=LAYER),
    StageSettings: StageSettings,
    Statement: lambda: Statement(sid="Read", actions=["s3:GetObject"], resources=["arn:aws:s3:::b/*"]),
    VpcSettings: lambda: VpcSettings(subnet_ids=["subnet-1"], security_group_ids=["sg-1"]),
}


# The two of a route are a `TypeError`: test_routes.py.
NOT_HERE = {(Route, "handler"), (Route, "authorizer")}


@pytest.mark.parametrize("owner", ARGUMENTS, ids=lambda owner: owner.__name__)
def test_every_argument_of_another_type_is_refused_by_name(owner: type) -> None:
    arguments = ARGUMENTS[owner]()
    for each in dataclasses.fields(arguments):
        if (owner, each.name) not in NOT_HERE:
            with pytest.raises(ArgumentError, match=rf"\b{each.name} is of type object; write \S"):
                dataclasses.replace(arguments, **{each.name: object()})
