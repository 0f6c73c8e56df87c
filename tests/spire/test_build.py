"""SPIRE's programs are built once, with what the module pins, or taken from a folder; what is missing is told."""

import re
from pathlib import Path

import pytest

from sandbox.errors import SandboxError
from sandbox.spire.build import BUILD, PROGRAMS, SPIRE_VERSION, cached_folder, find_programs, locate_programs
from tests.engine.fake_tools import script


@pytest.fixture(autouse=True)
def nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GATEHOUSE_SPIRE", raising=False)
    monkeypatch.delenv("CC", raising=False)


def tools(folder: Path, *, go: str = "", compiler: bool = True) -> str:
    """A PATH with a `go` that writes three programs after `go`, and a C compiler."""
    script(
        folder / "go",
        f"""
        echo "$PWD CGO_ENABLED=$CGO_ENABLED GOWORK=$GOWORK $@" >> {folder}/builds
        {go}
        while [ "$1" != -o ]; do shift; done
        for program in {" ".join(PROGRAMS)}; do
            printf '#!/bin/sh\\necho {SPIRE_VERSION}\\n' > "$2/$program"; /bin/chmod +x "$2/$program"
        done
        """,
    )
    if compiler:
        for name in ("gcc", "clang"):
            script(folder / name, "exit 0")
    return str(folder)


def test_the_programs_are_built_once_from_the_pinned_module_with_a_c_compiler(tmp_path: Path) -> None:
    said: list[str] = []
    path = tools(tmp_path / "tools")

    found = [locate_programs(tmp_path / "cache", said.append, search_path=path) for _ in range(2)]

    assert found == [cached_folder(tmp_path / "cache")] * 2
    (build,) = (tmp_path / "tools" / "builds").read_text().splitlines()
    assert build.startswith(f"{BUILD.module_folder} CGO_ENABLED=1 GOWORK=off build -mod=readonly -trimpath")
    assert build.endswith(" ".join(BUILD.packages))
    assert said[0].startswith(f"Building SPIRE {SPIRE_VERSION} with Go, once on this machine")
    assert said[-1].startswith("Built SPIRE in")


def test_the_module_pins_spire_and_the_tools_that_are_built() -> None:
    module = (BUILD.module_folder / "go.mod").read_text()
    assert re.findall(r"github\.com/spiffe/spire v(\S+)", module) == [SPIRE_VERSION]
    assert set(re.findall(r"github\.com/spiffe/spire/\S+", module)) == set(BUILD.packages)
    assert "replace" not in module
    sums = (BUILD.module_folder / "go.sum").read_text()
    # As the public checksum database of Go has it, so that no other source can be built.
    assert f"github.com/spiffe/spire v{SPIRE_VERSION} h1:xqpaVDwgmyRKw5yDs8xVRi5wM6nChXjLXxjDcSpA/rw=\n" in sums


@pytest.mark.parametrize("missing", ["go", "gcc"])
def test_a_missing_tool_is_told_with_what_else_there_is(
    tmp_path: Path, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.system", lambda: "Linux")
    path = tools(tmp_path / "tools", compiler=missing != "gcc")
    if missing == "go":
        (tmp_path / "tools" / "go").unlink()
    with pytest.raises(SandboxError, match=f"there is no `{missing}`: install .* or name a folder .* GATEHOUSE_SPIRE"):
        locate_programs(tmp_path / "cache", lambda _: None, search_path=path)
    assert find_programs(tmp_path / "cache") is None


def test_a_build_that_fails_leaves_its_log_and_nothing_else(tmp_path: Path) -> None:
    path = tools(tmp_path / "tools", go='echo "store.go:1: cannot compile" >&2; exit 1')
    with pytest.raises(SandboxError, match=r"Go could not build SPIRE: store\.go:1: cannot compile") as failure:
        locate_programs(tmp_path / "cache", lambda _: None, search_path=path)
    log = cached_folder(tmp_path / "cache").with_name(f"{cached_folder(tmp_path / 'cache').name}.build.log")
    assert str(log) in str(failure.value)
    assert log.exists()
    assert find_programs(tmp_path / "cache") is None
    assert not list((tmp_path / "cache" / "spire").glob("*partial*"))


def programs(folder: Path, *, version: str = SPIRE_VERSION) -> Path:
    for program in PROGRAMS:
        script(folder / program, f"echo {version}")
    return folder


def test_a_folder_that_is_named_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEHOUSE_SPIRE", str(programs(tmp_path / "mine")))
    assert locate_programs(tmp_path / "cache", lambda _: None, search_path="") == tmp_path / "mine"


@pytest.mark.parametrize(
    ("version", "left_out", "says"),
    [
        ("1.12.4", None, "whose version is '1.12.4' and not"),
        (SPIRE_VERSION, "spire-agent", "has no program spire-agent"),
    ],
)
def test_a_folder_with_something_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, left_out: str | None, says: str
) -> None:
    folder = programs(tmp_path / "mine", version=version)
    if left_out:
        (folder / left_out).unlink()
    monkeypatch.setenv("GATEHOUSE_SPIRE", str(folder))
    with pytest.raises(SandboxError, match=says):
        locate_programs(tmp_path / "cache", lambda _: None, search_path="")
