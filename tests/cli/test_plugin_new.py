"""`plugin new`: both files, never over others, good at once by every check that this project has."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from authorizer.authorization import build_handler
from authorizer.chain import load_chain
from cli.plugin import scaffold
from tests.cli.support import TOKEN, CommandLine, request_event, token_event

ROOT = Path(__file__).resolve().parents[2]
LONGEST_NAME = "a_name_as_long_as_names_of_plugins_may_b"


def files_of(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chain with a plugin of each type, as written."""
    folder = tmp_path_factory.mktemp("generated") / "functions" / "chains" / "plugins"
    folder.mkdir(parents=True)
    (folder / "_shared.py").write_text('"""Shared."""\n')
    scaffold.write_plugin("check_token", directory=folder, kind="token")
    scaffold.write_plugin(LONGEST_NAME, directory=folder, kind="request")
    return folder


def test_the_generated_tests_pass_at_once(generated: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    ended = subprocess.run(
        [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "pyproject.toml", str(generated)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "6 passed" in ended.stdout


def test_the_generated_files_pass_ruff_and_pyright(generated: Path) -> None:
    folder = generated.parents[2]  # stands for this checkout, with this checkout's settings
    shutil.copy(ROOT / "pyproject.toml", folder)
    settings = {"typeCheckingMode": "strict", "pythonVersion": "3.11", "extraPaths": [str(ROOT / "functions")]}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    tools = Path(sys.executable).parent
    for command in (
        (tools / "ruff", "check", "--no-cache", generated),
        (tools / "ruff", "format", "--no-cache", "--check", generated),
        (tools / "basedpyright", "--project", folder, "--pythonpath", sys.executable),
    ):
        ended = subprocess.run(
            [str(part) for part in command], cwd=folder, capture_output=True, text=True, timeout=120, check=False
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("plugin", ["01_check_token", f"02_{LONGEST_NAME}"])
def test_a_new_plugin_lets_nobody_in(generated: Path, tmp_path: Path, plugin: str) -> None:
    (tmp_path / f"{plugin}.py").write_text((generated / f"{plugin}.py").read_text())
    log: list[str] = []
    handle = build_handler(chain=load_chain(str(tmp_path)), write=log.append)
    requests = [request_event(headers) for headers in ({}, {"X-API-Key": TOKEN}, {"Authorization": f"Bearer {TOKEN}"})]
    for event in (token_event(), token_event(""), token_event("Bearer "), *requests):
        with pytest.raises(Exception, match=r"\AUnauthorized\Z"):
            handle(event, None)


def test_a_plugin_gets_the_number_after_the_last_one(command_line: CommandLine, tmp_path: Path) -> None:
    chain = tmp_path / "My Chain-2"
    for name in ("first", "second"):
        ended = command_line("plugin", "new", name, "--chain", chain)
        assert ended.code == 0
    (chain / "07_by_hand.py").write_text("")
    assert command_line("plugin", "new", "third", "--chain", chain, "--type", "request").code == 0
    assert files_of(chain) == [
        "01_first.py",
        "02_second.py",
        "07_by_hand.py",
        "08_third.py",
        "tests/test_my_chain_2_01_first.py",
        "tests/test_my_chain_2_02_second.py",
        "tests/test_my_chain_2_08_third.py",
    ]
    assert str(chain / "02_second.py") in ended.out
    assert f"python -m pytest {chain}/tests/test_my_chain_2_02_second.py" in ended.out


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            "_shared",
            "1st",
            "01_check",
            "Check",
            "check-scope",
            "check scope",
            "check.py",
            "check\n",
            "é",
            "x" * 41,
        ),
        *("../escape", "/etc/x", "a/b"),
    ],
)
def test_what_is_no_name_is_refused_and_nothing_is_written(
    command_line: CommandLine, tmp_path: Path, name: str
) -> None:
    ended = command_line("plugin", "new", name, "--chain", tmp_path / "plugins")
    assert (ended.code, ended.out) == (1, "")
    assert "is no name for a plugin" in ended.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("existing", ["check.py", "01_check.py", "05_check.py"])
def test_a_plugin_of_that_name_is_never_overwritten(command_line: CommandLine, tmp_path: Path, existing: str) -> None:
    (tmp_path / existing).write_text("by hand")
    ended = command_line("plugin", "new", "check", "--chain", tmp_path)
    assert (ended.code, ended.out) == (1, "")
    assert f"{tmp_path / existing} is there already: choose another name" in ended.err
    assert files_of(tmp_path) == [existing]
    assert (tmp_path / existing).read_text() == "by hand"


def test_a_test_that_is_there_is_never_overwritten_and_no_plugin_is_left(
    command_line: CommandLine, tmp_path: Path
) -> None:
    chain = tmp_path / "plugins"
    (chain / "tests").mkdir(parents=True)
    test = chain / "tests" / "test_plugins_01_check.py"
    test.write_text("by hand")
    ended = command_line("plugin", "new", "check", "--chain", chain)
    assert ended.code == 1
    assert f"{test} is there already" in ended.err
    assert files_of(chain) == ["tests/test_plugins_01_check.py"]
    assert test.read_text() == "by hand"


def test_a_plugin_that_appears_meanwhile_is_kept_and_its_test_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "01_check.py").symlink_to(tmp_path / "elsewhere.py")  # also where it leads nowhere yet
    monkeypatch.setattr(scaffold, "_plugins_in", lambda directory: [])
    with pytest.raises(scaffold.CliError, match="is there already"):
        scaffold.write_plugin("check", directory=tmp_path, kind="token")
    assert not (tmp_path / "elsewhere.py").exists()
    assert files_of(tmp_path) == []


def test_a_folder_that_is_a_file_is_told(command_line: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "plugins").write_text("")
    ended = command_line("plugin", "new", "check", "--chain", tmp_path / "plugins")
    assert (ended.code, len(ended.err.splitlines())) == (1, 1)


def test_after_99_there_is_no_number(command_line: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "99_last.py").write_text("")
    ended = command_line("plugin", "new", "check", "--chain", tmp_path)
    assert ended.code == 1
    assert "renumber the plugins" in ended.err
