"""What no file of the repository may hold."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TRACKED = subprocess.run(
    ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True, timeout=60
).stdout.split("\0")[:-1]
TEXTS = {name: (ROOT / name).read_text(errors="replace") for name in TRACKED if (ROOT / name).is_file()}

# In pieces, so that this file does not hold what it looks for.
REGISTRY_HOSTS = [
    *("pypi" + ".org", "pythonhosted" + ".org", "proxy.golang" + ".org", "sum.golang" + ".org"),
    *("registry.npmjs" + ".org", "static.crates" + ".io"),
]
MACHINE_PATHS = [f"{Path.home()}/", f"{ROOT}/"]
UNFINISHED = ["TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error"]


def holders(words: list[str]) -> list[str]:
    return [f"{name}: {word}" for name, text in TEXTS.items() for word in words if word in text]


def test_no_file_names_the_host_of_a_package_registry() -> None:
    assert holders(REGISTRY_HOSTS) == []


def test_no_file_holds_the_path_of_a_machine() -> None:
    assert holders(MACHINE_PATHS) == []


def test_nothing_is_left_unfinished() -> None:
    assert holders(UNFINISHED) == []


@pytest.mark.parametrize("lock_file", [name for name in TRACKED if re.search(r"requirements[^/]*\.txt$", name)])
def test_every_locked_package_is_pinned_and_hashed(lock_file: str) -> None:
    entries = re.split(r"\n(?=\S)", TEXTS[lock_file])
    packages = [entry for entry in entries if not entry.startswith("#")]

    assert packages
    assert [entry.splitlines()[0] for entry in packages if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_no_private_key_is_committed() -> None:
    key = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s*[A-Za-z0-9+/]{40}")

    assert [name for name, text in TEXTS.items() if key.search(text)] == []
