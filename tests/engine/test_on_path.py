import os
from pathlib import Path

import pytest

from sandbox.engine.on_path import engine_on_path
from sandbox.engine.release import LANGUAGE_HOST
from tests.engine.fake_tools import installed_pulumi, script

SYSTEM_PATH = "/usr/bin:/bin"


@pytest.fixture
def said() -> list[str]:
    return []


def search_path(*folders: Path) -> str:
    return os.pathsep.join([*map(str, folders), SYSTEM_PATH])


def test_an_engine_that_is_new_enough_is_used_with_its_language_host(tmp_path: Path, said: list[str]) -> None:
    folder = installed_pulumi(tmp_path / "bin", version="v3.300.1")

    engine = engine_on_path(search_path(folder), cache=tmp_path / "cache", progress=said.append)

    assert engine is not None
    assert (engine.executable, engine.version, engine.built) == (folder / "pulumi", "v3.300.1", False)
    assert engine.search_path == (folder,)
    assert said == []


def test_a_language_host_elsewhere_on_path_is_found(tmp_path: Path, said: list[str]) -> None:
    folder = installed_pulumi(tmp_path / "bin", language_host=False)
    script(tmp_path / "hosts" / LANGUAGE_HOST, "exit 0")

    engine = engine_on_path(search_path(folder, tmp_path / "hosts"), cache=tmp_path / "cache", progress=said.append)

    assert engine is not None
    assert engine.search_path == (folder, tmp_path / "hosts")


def test_a_language_host_beside_the_executable_that_a_link_leads_to_is_found(tmp_path: Path, said: list[str]) -> None:
    real = installed_pulumi(tmp_path / "cellar")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pulumi").symlink_to(real / "pulumi")

    engine = engine_on_path(search_path(tmp_path / "bin"), cache=tmp_path / "cache", progress=said.append)

    assert engine is not None
    assert engine.search_path == (tmp_path / "bin", real)


def test_an_engine_that_is_too_old_is_left_alone_and_the_reason_is_said(tmp_path: Path, said: list[str]) -> None:
    folder = installed_pulumi(tmp_path / "bin", version="v3.100.0")

    assert engine_on_path(search_path(folder), cache=tmp_path / "cache", progress=said.append) is None
    assert said == [f"Not using {folder / 'pulumi'}: it is v3.100.0, and 3.255.0 or a newer 3.x is needed."]


def test_an_engine_without_a_python_language_host_is_left_alone(tmp_path: Path, said: list[str]) -> None:
    folder = installed_pulumi(tmp_path / "bin", language_host=False)

    assert engine_on_path(search_path(folder), cache=tmp_path / "cache", progress=said.append) is None
    assert f"no {LANGUAGE_HOST}" in said[0]


def test_a_pulumi_that_does_not_run_is_left_alone(tmp_path: Path, said: list[str]) -> None:
    script(tmp_path / "bin" / "pulumi", "exit 1")

    assert engine_on_path(search_path(tmp_path / "bin"), cache=tmp_path / "cache", progress=said.append) is None
    assert "did not answer" in said[0]


def test_our_own_engine_in_the_cache_is_not_taken_for_the_users(tmp_path: Path, said: list[str]) -> None:
    folder = installed_pulumi(tmp_path / "cache" / "engine" / "3.255.0-linux-x86_64")

    assert engine_on_path(search_path(folder), cache=tmp_path / "cache", progress=said.append) is None
    assert said == []


def test_nothing_on_path_is_no_engine_and_nothing_to_say(tmp_path: Path, said: list[str]) -> None:
    assert engine_on_path(search_path(tmp_path), cache=tmp_path / "cache", progress=said.append) is None
    assert said == []
