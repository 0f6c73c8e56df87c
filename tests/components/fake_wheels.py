"""Stand-ins for a package index: a lock, and an installer that writes the files of a wheel that is not there."""

from pathlib import Path

from components.wheels import WheelPlatform

LOCK_TEXT = """\
cffi==2.1.1 ; platform_python_implementation != 'PyPy' \\
    --hash=sha256:1111111111111111111111111111111111111111111111111111111111111111 \\
    --hash=sha256:2222222222222222222222222222222222222222222222222222222222222222
pyjwt[crypto]==2.15.1 \\
    --hash=sha256:3333333333333333333333333333333333333333333333333333333333333333
    # via -r requirements.in
"""

# What a wheel brings and what an installer leaves behind: path -> whether a layer needs it.
INSTALLED = {
    "jwt/__init__.py": True,
    "jwt/py.typed": True,
    "jwt/__pycache__/__init__.cpython-313.pyc": False,
    "jwt/algorithms.pyi": False,
    "jwt/tests/test_jwt.py": False,
    "cffi/parse_c_type.h": False,
    "_cffi_backend.cpython-313-x86_64-linux-gnu.so": True,
    "six.py": True,
    "pyjwt-2.15.1.dist-info/METADATA": True,
    "pyjwt-2.15.1.dist-info/licenses/LICENSE": True,
    "pyjwt-2.15.1.dist-info/RECORD": False,
    "pyjwt-2.15.1.dist-info/INSTALLER": False,
    "pyjwt-2.15.1.dist-info/REQUESTED": False,
    "bin/jwt": False,
    ".lock": False,
}


def write_packages(folder: Path) -> None:
    """Write `INSTALLED` into a folder."""
    for name in INSTALLED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"contents of {name}\n")


def write_lock(folder: Path, text: str = LOCK_TEXT) -> Path:
    """Write a lock and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / "requirements.txt"
    lock.write_text(text)
    return lock


class FakeInstaller:
    """A `WheelInstaller` that writes `INSTALLED` into the given folder and keeps what it was asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[WheelPlatform] = []

    def installed(self, what: str, lock: Path, platform: WheelPlatform) -> Path:
        self.asked.append(platform)
        write_packages(self.folder)
        return self.folder
