"""The commands of docs/how-to/explain.md work as they stand there, in order, in a checkout whose sandbox runs."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cli.errors import DENIED, DONE, FAILED, INTERRUPTED
from tests.support.sandbox import RunningSandbox

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "how-to" / "explain.md").read_text()
COMMANDS = re.findall(r"^    (python -m .*)$", PAGE, re.MULTILINE)
ENDING = re.compile(r"# exit code (\d+)$")


@pytest.mark.usefixtures("key_id")
def test_every_command_of_the_page_ends_as_the_page_says(sandbox: RunningSandbox, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "cli", tmp_path / "cli", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "functions").symlink_to(ROOT / "functions")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / ".sandbox").symlink_to(sandbox.state_directory)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST"))}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    assert len(COMMANDS) == 6
    for command in COMMANDS:
        ended = subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        said = ENDING.search(command)
        assert ended.returncode == (int(said[1]) if said else DONE), command + "\n" + ended.stdout + ended.stderr
        assert "put-the-token-here" not in ended.stdout


def test_the_page_lists_every_exit_code() -> None:
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)}
    assert listed == {DONE, FAILED, 2, DENIED, INTERRUPTED}
