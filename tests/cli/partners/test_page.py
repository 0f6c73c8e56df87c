"""What docs/how-to/partners.md has operators do before anything is deployed works as it stands there, in order."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.documentation import ROOT, code_lines
from tests.support.sandbox import RunningSandbox

COMMANDS = [line for line in code_lines("how-to/partners.md") if line.startswith("python -m cli ca ")]


def test_an_authority_and_its_bundle_need_nothing_but_an_empty_account(sandbox: RunningSandbox, tmp_path: Path) -> None:
    for name in ("cli", "functions"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST"))}
    environment |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}",
        "AWS_ENDPOINT_URL": sandbox.url,
        "AWS_REGION": sandbox.endpoints.region,
    }
    assert len(COMMANDS) == 2
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
        assert ended.returncode == 0, command + "\n" + ended.stdout + ended.stderr
    assert "BEGIN CERTIFICATE" in (tmp_path / "partners.pem").read_text()
