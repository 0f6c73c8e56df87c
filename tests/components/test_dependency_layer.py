"""`DependencyLayer`, `wheels` and `wheel_cache`: what is installed how, what a layer carries, and what is refused."""

import importlib.util
import itertools
import os
import shutil
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.errors import ArgumentError
from components.function_platform import RUNTIMES, Architecture, FunctionPlatform
from components.wheel_cache import WheelCache, cache_directory, installing_command
from components.wheels import WheelPlatform, check_lock, layer_files, pip_command, uv_command, wheel_platform
from tests.components.fake_wheels import INSTALLED, LOCK_TEXT, FakeInstaller, write_lock, write_packages
from tests.components.samples import dependency_layer
from tests.support.mocks import deploy

LATEST = WheelPlatform(python_version="3.13", machine="x86_64", glibc_minor=34)
OLDEST = WheelPlatform(python_version="3.11", machine="aarch64", glibc_minor=17)


class FakeIndex:
    """Stands for `uv`: writes the packages into the folder after `--target`, or fails."""

    def __init__(self, output: str = "", code: int = 0) -> None:
        self.commands: list[Sequence[str]] = []
        self.output = output
        self.code = code

    def __call__(self, command: Sequence[str]) -> tuple[int, str]:
        self.commands.append(command)
        target = Path(command[command.index("--target") + 1])
        (target / "half").write_text("installed")
        if not self.code:
            write_packages(target)
        return self.code, self.output


def test_a_layer_carries_the_wheels_below_python_and_nothing_that_no_function_needs(tmp_path: Path) -> None:
    write_packages(tmp_path)
    (tmp_path / "linked").symlink_to(tmp_path / "six.py")
    files = layer_files(tmp_path)
    assert set(files) == {f"python/{name}" for name, needed in INSTALLED.items() if needed}
    assert list(files) == sorted(files)
    assert all(path.is_file() for path in files.values())


def test_the_layer_version_is_for_the_runtime_and_architecture_of_its_functions(tmp_path: Path) -> None:
    installer = FakeInstaller(tmp_path / "packages")
    platform = FunctionPlatform(runtime="python3.12", architecture=Architecture.ARM64)
    stack = deploy(lambda: dependency_layer(platform=platform, installer=installer, layer_name="jwt"))
    inputs = stack.one("aws:lambda/layerVersion:LayerVersion").inputs
    assert inputs["layerName"] == "jwt"
    assert inputs["compatibleRuntimes"] == ["python3.12"]
    assert inputs["compatibleArchitectures"] == ["arm64"]
    assert isinstance(inputs["code"], pulumi.AssetArchive)
    assert "python/jwt/__init__.py" in inputs["code"].assets
    assert installer.asked == [WheelPlatform(python_version="3.12", machine="aarch64", glibc_minor=34)]


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("architecture", Architecture)
def test_every_platform_of_functions_has_wheels_of_its_own(runtime: str, architecture: Architecture) -> None:
    found = wheel_platform(FunctionPlatform(runtime=runtime, architecture=architecture))
    assert found.python_version == runtime.removeprefix("python")
    assert found.machine == {"x86_64": "x86_64", "arm64": "aarch64"}[architecture]
    # AWS: python3.11 is on Amazon Linux 2 (glibc 2.26), the later runtimes are on Amazon Linux 2023 (2.34).
    assert found.glibc_minor <= (26 if runtime == "python3.11" else 34)


@pytest.mark.parametrize(
    "command",
    [
        uv_command("uv", python="python3", lock=Path("lock"), target=Path("target"), platform=LATEST),
        pip_command("python3", lock=Path("lock"), target=Path("target"), platform=LATEST),
    ],
    ids=["uv", "pip"],
)
def test_only_wheels_with_their_hashes_are_installed_and_only_what_the_lock_names(command: list[str]) -> None:
    assert {"--require-hashes", "--no-deps"} <= set(command)
    assert command[command.index("--only-binary") + 1] == ":all:"
    assert command[command.index("--python-version") + 1] == "3.13"
    assert command[command.index("-r") + 1] == "lock"


def test_the_installers_are_told_the_platform_each_in_its_own_way() -> None:
    uv = uv_command("uv", python="python3", lock=Path("lock"), target=Path("target"), platform=OLDEST)
    assert uv[uv.index("--python-platform") + 1] == "aarch64-manylinux_2_17"
    pip = pip_command("python3", lock=Path("lock"), target=Path("target"), platform=LATEST)
    tags = [tag for option, tag in itertools.pairwise(pip) if option == "--platform"]
    assert tags[0] == "manylinux_2_34_x86_64"
    assert tags[-2:] == ["manylinux_2_17_x86_64", "manylinux2014_x86_64"]


def test_wheels_are_installed_once_for_a_lock_and_a_platform(tmp_path: Path) -> None:
    index = FakeIndex()
    cache = WheelCache(tmp_path / "cache", index)
    lock = write_lock(tmp_path / "jwt")
    first = cache.installed("layer jwt", lock, LATEST)
    assert cache.installed("layer jwt", lock, LATEST) == first
    assert len(index.commands) == 1
    assert (first / "six.py").is_file()
    others = {cache.installed("layer jwt", lock, OLDEST)}
    others.add(cache.installed("layer jwt", write_lock(tmp_path / "jwt", LOCK_TEXT + "\n"), LATEST))
    assert len({first, *others}) == 3
    assert sorted(path.name for path in first.parent.iterdir()) == sorted(
        [".lock", *(path.name for path in {first, *others})]
    )


def test_many_at_once_install_once(tmp_path: Path) -> None:
    index, gate = FakeIndex(), threading.Barrier(8)
    lock = write_lock(tmp_path / "jwt")

    def installed(_number: int) -> Path:
        gate.wait(30)
        return WheelCache(tmp_path / "cache", index).installed("layer jwt", lock, LATEST)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(installed, range(8)))) == 1
    assert len(index.commands) == 1


def test_what_could_not_be_installed_leaves_nothing_behind_and_says_what_to_do_in_one_line(tmp_path: Path) -> None:
    index = FakeIndex("error: Failed to fetch\n  cause: no route\n", code=2)
    cache = WheelCache(tmp_path / "cache", index)
    lock = write_lock(tmp_path / "jwt")
    with pytest.raises(ArgumentError) as caught:
        cache.installed("layer jwt: lock", lock, LATEST)
    message = str(caught.value)
    assert message.startswith("layer jwt: lock: the wheels of ")
    assert "error: Failed to fetch cause: no route" in message
    assert "check that the package index is reachable" in message
    assert "\n" not in message
    assert [path.name for path in (tmp_path / "cache" / "layers").iterdir()] == [".lock"]
    index.code = 0
    assert cache.installed("layer jwt: lock", lock, LATEST).is_dir()


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ArgumentError, match="GATEHOUSE_CACHE"):
        WheelCache(tmp_path / "file", FakeIndex()).installed("layer jwt", write_lock(tmp_path / "jwt"), LATEST)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "names no package"),
        ("# nothing\n", "names no package"),
        ("pyjwt>=2\n", "names no package"),
        ("pyjwt==2.15.1\n", "has no hash for pyjwt"),
        (LOCK_TEXT + "six==1.17.0\n", "has no hash for six"),
        (LOCK_TEXT.replace("sha256", "md5"), "has no hash for cffi"),
        ("\udcff", "cannot be read"),
    ],
)
def test_a_lock_that_does_not_pin_everything_is_refused_in_preview(tmp_path: Path, text: str, message: str) -> None:
    lock = write_lock(tmp_path, "")
    lock.write_bytes(text.encode("utf-8", "surrogateescape"))
    for refuse in (lambda: check_lock("layer x: lock", lock), lambda: dependency_layer(lock=lock)):
        with pytest.raises(ArgumentError, match=message) as caught:
            refuse()
        assert "make lock" in str(caught.value)


def test_a_lock_that_is_not_there_is_refused_with_the_way_to_one(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"there is no .*requirements\.txt; write requirements\.in"):
        dependency_layer(lock=tmp_path / "requirements.txt")


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a" * 65])
def test_a_name_that_lambda_would_refuse_is_refused_in_preview(name: str) -> None:
    with pytest.raises(ArgumentError, match="layer_name"):
        dependency_layer(layer_name=name)


def test_a_layer_without_files_or_beyond_lambdas_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Nothing:
        def installed(self, what: str, lock: Path, platform: WheelPlatform) -> Path:
            return tmp_path

    with pytest.raises(ArgumentError, match="installs nothing"):
        deploy(lambda: dependency_layer(installer=Nothing()))
    monkeypatch.setattr("components.dependency_layer.UNPACKED_LIMIT", 10)
    with pytest.raises(ArgumentError, match="Lambda takes 10 with the function's code"):
        deploy(dependency_layer)


def test_uv_is_preferred_pip_stands_in_and_without_both_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def command() -> list[str]:
        return installing_command("layer jwt", Path("lock"), Path("target"), LATEST)

    python = tmp_path / "python"
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    modules: dict[str, Any] = {"pip": None}
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: modules[name])
    with pytest.raises(ArgumentError, match=r"neither uv nor pip; run `.*python -m ensurepip`"):
        command()
    modules["pip"] = object()
    assert command()[:3] == [str(python), "-m", "pip"]
    (tmp_path / "bin").mkdir()
    for place in (tmp_path / "bin" / "uv", tmp_path / "uv"):
        place.write_text("#!/bin/sh\n")
        place.chmod(0o755)
        assert command()[0] == str(place)
    assert shutil.which("uv") == str(tmp_path / "bin" / "uv")


def test_the_cache_is_the_projects_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from sandbox import bootstrap  # the one that the sandbox has: both must name the same folder

    for name, value in (("GATEHOUSE_CACHE", str(tmp_path)), ("XDG_CACHE_HOME", str(tmp_path / "xdg"))):
        monkeypatch.setenv(name, value)
        assert cache_directory() == bootstrap.cache_directory()
        monkeypatch.delenv(name)
    assert cache_directory() == bootstrap.cache_directory()
    assert os.fspath(cache_directory()).endswith("gatehouse")
