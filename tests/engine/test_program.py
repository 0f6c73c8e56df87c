"""What is changed of Pulumi's SDK for programs says what the SDK itself says."""

import asyncio
import importlib.util
import json
import subprocess
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi import _types as types

from sandbox.engine.language_host.program import (
    ABOUT_A_CLASS,
    AnnotatedWhenAsked,
    locate_calls_once,
    name_at_once,
    read_classes_once,
)


def unchanged_module() -> ModuleType:
    """The SDK's module once more, apart from the one that programs of other tests use."""
    specification = importlib.util.find_spec("pulumi.runtime.resource")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


class Resource:
    """As deep in constructors as the SDK expects a resource to be."""

    def __init__(self, module: Any) -> None:
        self.trace = module._get_stack_trace()


class CustomResource(Resource):
    def __init__(self, module: Any) -> None:
        super().__init__(module)


class Bucket(CustomResource):
    def __init__(self, module: Any) -> None:
        super().__init__(module)


class TestCallsOfAResource:
    def test_are_those_that_the_sdk_finds(self) -> None:
        original, changed = unchanged_module(), unchanged_module()
        locate_calls_once(changed)

        # One line, so that no call differs.
        said, found, again = (Bucket(module).trace for module in (original, changed, changed))

        assert said.frames[0].pc.uri.endswith("test_program.py")
        assert found == said
        assert again == said

    def test_of_code_without_a_file_have_no_place(self) -> None:
        original, changed = unchanged_module(), unchanged_module()
        locate_calls_once(changed)

        traces: list[Any] = []
        code = compile("traces += [Bucket(module).trace for module in modules]", "<program>", "exec")
        exec(code, {"Bucket": Bucket, "modules": (original, changed), "traces": traces})  # noqa: S102 - the text above

        assert not traces[0].frames[0].HasField("pc")
        assert traces[1] == traces[0]


@pytest.mark.parametrize(
    ("name", "parent"),
    [
        ("logs", "urn:pulumi:test::demo::pulumi:pulumi:Stack::demo-test"),
        ("a::b", "urn:pulumi:test::demo::demo:index:Thing$aws:s3/bucket:Bucket::data"),
        ("logs", "no name"),
        ("logs", ""),
    ],
)
def test_the_name_of_a_resource_is_the_one_that_the_sdk_makes_by_outputs(name: str, parent: str) -> None:
    original, changed = unchanged_module(), unchanged_module()
    name_at_once(changed)

    async def names() -> list[str]:
        return [
            await module.create_urn(name, "aws:s3/bucket:Bucket", parent).future() for module in (original, changed)
        ]

    said, found = asyncio.run(names())

    assert found == said


def test_the_name_of_a_child_whose_parent_is_an_output_is_left_to_the_sdk() -> None:
    changed = unchanged_module()
    name_at_once(changed)

    async def name() -> str:
        parent = pulumi.Output.from_input("urn:pulumi:test::demo::demo:index:Thing::parent")
        return await changed.create_urn("child", "demo:index:Thing", parent).future()

    assert asyncio.run(name()) == "urn:pulumi:test::demo::demo:index:Thing$demo:index:Thing::child"


def test_what_is_known_of_a_class_is_what_the_sdk_reads_of_it() -> None:
    specification = importlib.util.find_spec("pulumi._types")
    assert specification is not None
    assert specification.loader is not None
    changed = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(changed)
    read_classes_once(changed)

    for name in ABOUT_A_CLASS:
        about = aws.kinesis.Stream if name.startswith("resource") else aws.kinesis.StreamStreamModeDetailsArgs
        if name.startswith("output"):
            about = aws.kinesis.outputs.StreamStreamModeDetails
        said = getattr(types, name)(about)
        assert said
        assert getattr(changed, name)(about) == said
        assert getattr(changed, name)(about) is getattr(changed, name)(about)


NAMES = """
import json, sys
import pulumi
import pulumi._types as types
import pulumi_aws as aws

def loaded():
    return sum(name.startswith("pulumi_aws.kinesis.") for name in sys.modules)

said = {"own": [aws.kinesis.Stream.__module__, aws.kinesis.StreamArgs.__module__, aws.kinesis.outputs.__name__]}
said["first"] = loaded()
said["getter"] = aws.kinesis.get_stream.__qualname__
said["getters"] = [aws.kinesis.get_stream_output.__qualname__, aws.kinesis.AwaitableGetStreamResult.__module__]
said["all"] = loaded()
try:
    aws.kinesis.Nothing
except AttributeError as error:
    said["nothing"] = str(error)
from pulumi_aws.sns import *
said["star"] = Topic.__module__
said["names"] = sorted(name for name in vars(aws.kinesis) if not name.startswith("_"))
said["annotation"] = type(aws.kinesis.StreamArgs.__init__.__annotations__["shard_count"]).__name__
kinds = [
    ("resource", aws.kinesis, lambda found: issubclass(found, pulumi.Resource), types.resource_types),
    ("input", aws.kinesis, types.is_input_type, types.input_type_types),
    ("output", aws.kinesis.outputs, types.is_output_type, types.output_type_types),
]
said["types"] = {
    f"{kind} {name}": repr(types_of(found))
    for kind, module, is_of_kind, types_of in kinds
    for name, found in vars(module).items()
    if isinstance(found, type) and is_of_kind(found)
}
print(json.dumps(said))
"""


def said_by_names(*before: str) -> dict[str, Any]:
    """What `NAMES` prints in a process of its own, after `before`."""
    code = "\n".join((*before, NAMES))
    return json.loads(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout)


def test_a_service_of_a_providers_sdk_has_the_same_names_and_loads_fewer_modules() -> None:
    original = said_by_names()
    changed = said_by_names(
        "import sys",
        "from sandbox.engine.language_host.program import LoadedWhenUsed",
        "sys.meta_path.insert(0, LoadedWhenUsed)",
    )

    assert changed.pop("first") < original.pop("first")
    assert (changed.pop("annotation"), original.pop("annotation")) == ("str", "_UnionGenericAlias")
    assert changed == original
    assert {"Stream", "StreamArgs", "get_stream", "outputs"} <= {*original["names"]}
    assert {"resource Stream", "input StreamStreamModeDetailsArgs", "output StreamStreamModeDetails"} <= {
        *original["types"]
    }


def test_what_is_compiled_for_a_program_is_kept_apart_from_what_others_compile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    source = tmp_path / "thing.py"
    source.write_text("class Thing:\n    size: 'a' + 1 = 3\n", encoding="utf-8")
    loader = AnnotatedWhenAsked("thing", str(source))
    thing = importlib.util.module_from_spec(ModuleSpec("thing", loader, origin=str(source)))

    for _ in ("compiles", "finds it compiled"):
        loader.exec_module(thing)
        assert thing.Thing.size == 3
        assert [kept.name.removeprefix("thing.") for kept in tmp_path.glob("__pycache__/*")] == [
            f"{sys.implementation.cache_tag}.pep563.pyc"
        ]
    with pytest.raises(TypeError):
        SourceFileLoader("thing", str(source)).exec_module(thing)
