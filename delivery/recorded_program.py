"""Runs the program for a stack's settings without an engine, and keeps what it would register.

What AWS assigns is unknown, as in a preview; but a layer version's ARN, by which functions name it, is its logical
name. Deliberately reads settings from files only: a setting that is encrypted has no place in this program.
"""

import asyncio
import contextvars
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pulumi
import yaml
from pulumi.runtime import mocks
from pulumi.runtime.config import set_all_config

from components.errors import ArgumentError
from components.program import build
from components.settings import read_settings

ROOT = Path(__file__).resolve().parent.parent
LAYER_VERSION = "aws:lambda/layerVersion:LayerVersion"


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A resource of the program: its type, logical name and inputs by the provider's names."""

    type: str
    name: str
    inputs: Mapping[str, Any]


def stack_settings(stack: str, root: Path = ROOT) -> dict[str, Any]:
    """The settings of a stack: what Pulumi.yaml gives, then what Pulumi.<stack>.yaml sets. Raises `ArgumentError`."""
    file = root / f"Pulumi.{stack}.yaml"
    if not file.is_file():
        raise ArgumentError(f"stack {stack}: there is no {file.name}; write it as docs/how-to/deploy-to-aws.md says.")
    declared: dict[str, dict[str, Any]] = yaml.safe_load((root / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    document = cast("dict[str, Any]", yaml.safe_load(file.read_text(encoding="utf-8")) or {})
    given = cast("dict[str, Any]", document.get("config") or {})
    for key, value in given.items():
        if isinstance(value, dict) and "secure" in value:
            raise ArgumentError(
                f"stack {stack}: {key} is encrypted, and no setting of Gatehouse is secret; set it plainly."
            )
    return {**{key: each["default"] for key, each in declared.items()}, **given}


def recorded_program(settings: Mapping[str, Any], stack: str) -> list[Recorded]:
    """Every resource that the program declares with these settings, components left out. Raises `SettingError`."""
    return contextvars.copy_context().run(_record, lambda: build(read_settings()), settings, stack)


class _Recorder(mocks.Mocks):
    def __init__(self) -> None:
        self.found: list[Recorded] = []

    def call(self, args: mocks.MockCallArgs) -> Any:
        # The three invokes of the components; the policy document has placeholders of its own for account and region.
        answers: dict[str, dict[str, Any]] = {
            "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": "000000000000"},
            "aws:index/getRegion:getRegion": {"region": "region"},
            "aws:index/getPartition:getPartition": {"partition": "aws"},
        }
        return answers[args.token]

    def new_resource(self, args: mocks.MockResourceArgs) -> Any:
        inputs = cast("dict[str, Any]", args.inputs)
        if args.custom:
            self.found.append(Recorded(type=args.typ, name=args.name, inputs=inputs))
        return "", {**inputs, "arn": args.name} if args.typ == LAYER_VERSION else dict(inputs)


def _record(program: Callable[[], object], settings: Mapping[str, Any], stack: str) -> list[Recorded]:
    recorder = _Recorder()
    loops = [asyncio.new_event_loop()]

    def begin_thread() -> None:
        # Pulumi's mocks answer in threads, and its outputs want a loop in each.
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[-1])

    executor = ThreadPoolExecutor(max_workers=2, initializer=begin_thread)
    loops[0].set_default_executor(executor)
    asyncio.set_event_loop(loops[0])
    try:
        mocks.set_mocks(recorder, preview=True, project="gatehouse", stack=stack)
        set_all_config({key: each if isinstance(each, str) else json.dumps(each) for key, each in settings.items()})
        cast("Any", pulumi.runtime).test(program)()
    finally:
        executor.shutdown(wait=True)
        asyncio.set_event_loop(None)
        for loop in loops:
            loop.close()
    return sorted(recorder.found, key=lambda each: (each.type, each.name))
