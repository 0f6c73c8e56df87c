"""Runs a program or a policy pack: Pulumi's own executor, `pulumi.policy` or the pack itself, with changes to the SDK
that cost nobody anything. Run by path, as the executor is, and so without an import of this project's.

At a program's end the SDK waits for the first of all outputs that are outstanding, then for the first of the rest, and
so on (`wait_for_rpcs` in `pulumi/runtime/stack.py`). Each wait looks at every output, so that the time grows with the
square of their number: 2 s of a preview's 10 s with 194 resources. Waiting for all of them, or for the first error,
does the same in one look.

It tells the engine of every step of every resource at debug level, and waits for each answer: five calls for each
resource, which no command here shows. Those are not made. And garbage is looked for seldom: a program lives for
seconds, and most of what it makes stays to its end.

With every resource it says which calls led to it. For that it looks at the file of each call for the text of a line,
which nobody asks for, and makes an address of the file's path: a tenth of a program's time. Here no file is looked at,
and a place in a file gets its address once; what is said is the same. It also works out the name that each resource
would have if there were no engine, by five outputs and the tasks for them, and reads the types of a class anew for each
resource of that class: another sixth. Here such a name is put together at once, and a class is read once.

`import pulumi` brings the parts that drive engines and that write providers, a quarter of its time, which no program
here uses. Those are loaded when something of them is first asked for. A provider's SDK has a package for every service,
with a module for every kind of resource, and whoever names one loads them all; of seven services that is an eighth of a
program's time. Here a name that has a module of its own loads that; any other loads all of them. Those modules annotate
every property, and Python evaluates that while it loads them: another fifth. Here it does so when somebody asks for it.

The language host and a pack that the engine configures by call use the SDK's messages and nothing else of it. They get
those without the SDK around them, and gRPC without what it has for asyncio: two thirds of what they would load.

Deliberately changes nothing else: what a program sees and what its errors say is Pulumi's.
"""

import __future__

import contextlib
import functools
import gc
import importlib.util
import os
import re
import runpy
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib.abc import Loader
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

POLICY_PACK = "pulumi.policy"
"""In the executor's place: the module that runs a policy pack."""
PACK_ALONE = "policy pack"
"""In the executor's place: a policy pack that is run by itself."""
SELDOM_USED_OF_GRPC = ("asyncio", "inspect", "grpc.aio", "google.protobuf.internal.python_message")
"""Imported by gRPC and by its messages, which are not written in Python where theirs is."""
SELDOM_USED_OF_PULUMI = ("pulumi.automation", "pulumi.dynamic")
"""Imported by `pulumi` itself, one with an HTTP client and a YAML reader, one with dill."""
TRACES = "pulumi.runtime._instrumentation"
"""Starts OpenTelemetry's SDK when it is imported, where `TRACEPARENT` is set; otherwise it does nothing."""
SERVICE = re.compile(r"pulumi_\w+\.\w+(?P<module>\.\w+)?")
"""A package of a provider's SDK, `pulumi_aws.s3`, or one of its modules, `pulumi_aws.s3.bucket`."""
ABOUT_A_CLASS = (
    *("input_type_types", "input_type_py_to_pulumi_names", "output_type_types", "resource_types"),
    "resource_pulumi_to_py_names",
)
"""What `pulumi._types` is asked for every resource, and what depends on its class alone."""
OBJECTS_BEFORE_A_SEARCH = 200_000
"""Instead of 700: a tenth of a program's processor time with 344 resources."""


def seldom_used(environment: Mapping[str, str]) -> frozenset[str]:
    """The modules that are not loaded before something of them is asked for."""
    without_traces = () if environment.get("TRACEPARENT") else (TRACES,)
    return frozenset((*SELDOM_USED_OF_PULUMI, *SELDOM_USED_OF_GRPC, *without_traces))


SELDOM_USED = seldom_used(os.environ)


class LinearWaiting:
    """`asyncio` as one module sees it: who waits for the first of many to complete waits for all, or for an error."""

    def __init__(self, asyncio: Any) -> None:
        self._asyncio = asyncio

    def __getattr__(self, name: str) -> Any:
        return getattr(self._asyncio, name)

    async def wait(self, awaited: Any, *, timeout: float | None = None, return_when: str) -> Any:
        """`asyncio.wait`, for a caller that goes on until nothing is left to wait for."""
        until = self._asyncio.FIRST_EXCEPTION if return_when == self._asyncio.FIRST_COMPLETED else return_when
        return await self._asyncio.wait(awaited, timeout=timeout, return_when=until)


class StackWithoutText:
    """`traceback` as one module sees it: a stack has files, lines and names of functions, and no text of the lines."""

    def __getattr__(self, name: str) -> Any:
        return getattr(traceback, name)

    def extract_stack(self) -> list[traceback.FrameSummary]:
        """`traceback.extract_stack`, for a caller that does not ask for the text."""
        import inspect  # not before it is used: it has a parser and a compiler with it

        own = inspect.currentframe()
        calls = [
            traceback.FrameSummary(frame.f_code.co_filename, line, frame.f_code.co_name, lookup_line=False)
            for frame, line in traceback.walk_stack(own and own.f_back)
        ]
        return calls[::-1]


def locate_calls_once(resource: ModuleType) -> None:
    """Lets `pulumi.runtime.resource` find out where calls are without a look at any file."""
    position = resource._get_source_position_for_frame  # noqa: SLF001 - what is slow has no public name

    @functools.cache
    def known(file: str, line: int | None) -> Any:
        return position(traceback.FrameSummary(file, line, "", lookup_line=False))

    def position_of(frame: traceback.FrameSummary) -> Any:
        return known(frame.filename, frame.lineno)

    setattr(resource, "_get_source_position_for_frame", position_of)  # noqa: B010 - as above
    setattr(resource, "traceback", StackWithoutText())  # noqa: B010 - not of a module's type, which only the attribute asks


def name_at_once(resource: ModuleType) -> None:
    """Lets `pulumi.runtime.resource` put a name together without outputs where it has all parts of it."""
    create_urn = resource.create_urn

    def known(name: Any, type_: Any, parent: Any = None, project: Any = None, stack: Any = None) -> Any:
        if all(isinstance(part, str) for part in (name, type_, parent)):
            return resource.Output.from_input(f"{parent[0 : parent.rfind('::')]}${type_}::{name}")
        return create_urn(name, type_, parent, project, stack)

    setattr(resource, "create_urn", known)  # noqa: B010 - a name of the SDK's own


def read_classes_once(types: ModuleType) -> None:
    """Lets `pulumi._types` remember what the properties of a class are."""
    for name in ABOUT_A_CLASS:
        setattr(types, name, functools.cache(getattr(types, name)))


def not_told(*_message: Any, **_about: Any) -> None:
    """Keeps a debug message from the engine."""


class LoadedWhenUsed:
    """A finder of the modules that are seldom used: each is there at once, and loaded by the first use of a name."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Called by the import system."""
        package, _, _ = name.rpartition(".")
        if package in SELDOM_USED:  # its modules expect it to be loaded before them
            loader = sys.modules[package].__loader__
            if isinstance(loader, WhenUsed):
                loader.load(sys.modules[package])
        service = SERVICE.fullmatch(name)
        if name not in SELDOM_USED and service is None:
            return None
        found = PathFinder.find_spec(name, path, target)
        if found is not None and found.loader is not None:
            if service is None:
                found.loader = WhenUsed(found.loader)
            elif service["module"] and isinstance(found.loader, SourceFileLoader):
                found.loader = AnnotatedWhenAsked(name, found.loader.path)
            elif found.submodule_search_locations:
                found.loader = WhenServiceUsed(found.loader, Path(found.submodule_search_locations[0]))
        return found


class WhenUsed(Loader):
    """Loads a module when something of it is asked for, however often it has been imported before.

    `importlib.util.LazyLoader` loads it at the second import.
    """

    def __init__(self, whole: Loader) -> None:
        self._whole = whole
        self._waiting = True

    def exec_module(self, module: ModuleType) -> None:
        """Called by the import system: loads nothing yet."""
        module.__dict__["__getattr__"] = functools.partial(self.attribute, module)

    def attribute(self, module: ModuleType, name: str) -> Any:
        """What the module has by this name."""
        self.load(module)
        return getattr(module, name)

    def load(self, module: ModuleType) -> None:
        """Loads all of it, once."""
        if self._waiting:
            self._waiting = False
            del module.__dict__["__getattr__"]
            self._whole.exec_module(module)


class WhenServiceUsed(WhenUsed):
    """Loads `bucket.py` of a service's package for `Bucket` and `BucketArgs`, and all of the package for other names.

    The files and names are those that Pulumi generates: each module says its names in `__all__`, the package has them
    all, and the arguments within arguments are in `_inputs`.
    """

    def __init__(self, whole: Loader, folder: Path) -> None:
        super().__init__(whole)
        self._folder = folder

    def attribute(self, module: ModuleType, name: str) -> Any:
        """What the module or the package has by this name."""
        for home in (in_snake_case(name), in_snake_case(name.removesuffix("Args")), "_inputs"):
            if (self._folder / f"{home}.py").exists():
                loaded = importlib.import_module(f"{module.__name__}.{home}")
                if name in getattr(loaded, "__all__", ()):
                    module.__dict__[name] = getattr(loaded, name)
                elif name == home:
                    module.__dict__[name] = loaded
                if name in module.__dict__:
                    return module.__dict__[name]
        return super().attribute(module, name)


class AnnotatedWhenAsked(SourceFileLoader):
    """Loads a module as if it began with `from __future__ import annotations` (PEP 563).

    What is compiled so is kept beside what others compile of the same file.
    """

    def source_to_code(self, data: Any, path: Any, **_unused: Any) -> Any:
        """Called where nothing compiled is kept, or something older than the file."""
        return compile(data, path, "exec", flags=__future__.annotations.compiler_flag, dont_inherit=True)

    def get_data(self, path: str) -> bytes:
        """Called for the file and for what is kept of it."""
        return super().get_data(kept_apart(path))

    def set_data(self, path: str, data: Any, *, _mode: int = 0o666) -> None:
        """Called with what was compiled."""
        super().set_data(kept_apart(path), data, _mode=_mode)


def kept_apart(path: str) -> str:
    """`bucket.cpython-311.pyc` as `bucket.cpython-311.pep563.pyc`; other paths as they are."""
    return f"{path.removesuffix('.pyc')}.pep563.pyc" if path.endswith(".pyc") else path


def in_snake_case(name: str) -> str:
    """`BucketVersioning` as `bucket_versioning`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def load_when_used() -> None:
    """Lets a process start with less: what it seldom uses is not loaded yet, and garbage is looked for seldom."""
    gc.set_threshold(OBJECTS_BEFORE_A_SEARCH, 50, 50)
    sys.meta_path.insert(0, LoadedWhenUsed)


def import_protocol_only() -> None:
    """Lets modules of `pulumi.runtime.proto` be imported without the SDK around them, each by itself.

    The SDK takes its place as soon as anything else of it is asked for.
    """
    specification = importlib.util.find_spec("pulumi")
    if specification is None or specification.submodule_search_locations is None:
        return  # the import that follows says what is missing
    folders = [Path(folder) for folder in specification.submodule_search_locations]
    stand_ins: dict[str, ModuleType] = {}

    def of_the_sdk(name: str, attribute: str) -> Any:
        for each, stand_in in stand_ins.items():
            if sys.modules.get(each) is stand_in:
                del sys.modules[each]
        return getattr(importlib.import_module(name), attribute)

    for name, inside in (("pulumi", ""), ("pulumi.runtime", "runtime"), ("pulumi.runtime.proto", "runtime/proto")):
        stand_ins[name] = sys.modules[name] = module = ModuleType(name)
        module.__path__ = [str(folder / inside) for folder in folders]
    stand_ins["pulumi"].__dict__["runtime"] = stand_ins["pulumi.runtime"]
    stand_ins["pulumi.runtime"].__dict__["proto"] = stand_ins["pulumi.runtime.proto"]
    for name in ("pulumi", "pulumi.runtime"):
        stand_ins[name].__dict__["__getattr__"] = functools.partial(of_the_sdk, name)


def main(executor: str, arguments: list[str]) -> None:
    """Runs the executor, `pulumi.policy` or a pack as if it had been started itself."""
    sys.argv = [executor, *arguments]
    load_when_used()
    try:
        if executor == POLICY_PACK:
            sys.path[0] = str(Path.cwd())  # as `python -m` has it
            runpy.run_module(executor, run_name="__main__", alter_sys=True)
        elif executor == PACK_ALONE:
            import_protocol_only()
            runpy.run_path(arguments[-1], run_name="__main__")
        else:
            run_program(executor)
    finally:
        gc.freeze()  # an interpreter that ends looks for garbage in all that is left: a tenth of a second


def run_program(executor: str) -> None:
    """Runs the executor with what is changed for programs."""
    sys.path[0] = str(Path(executor).parent)
    with contextlib.suppress(ImportError):  # the executor tells the user what is missing
        change_sdk()
    runpy.run_path(executor, run_name="__main__")


@functools.cache
def change_sdk() -> None:
    """Makes all changes of the SDK for programs, once per process. Raises ImportError where the SDK is missing."""
    import asyncio

    import pulumi._types as types
    import pulumi.log as log
    import pulumi.runtime.resource as resource
    import pulumi.runtime.stack as stack

    setattr(stack, "asyncio", LinearWaiting(asyncio))  # noqa: B010 - not of a module's type, which only the attribute asks
    locate_calls_once(resource)
    name_at_once(resource)
    read_classes_once(types)
    log.debug = not_told


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
