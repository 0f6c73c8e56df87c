"""The engine's version, the platforms it is published for, and what a located engine is.

It deliberately knows nothing of where an engine comes from: that is `on_path`, `download` and `build`.
"""

import platform
import re
from dataclasses import dataclass
from pathlib import Path

ENGINE_VERSION = "3.255.0"
"""The version that go.mod in this folder pins, and the oldest that is accepted from PATH."""

LANGUAGE_HOST = "pulumi-language-python"
"""What the engine starts, from beside its own executable or from PATH, to run a program written in Python."""

EXECUTOR = "pulumi-language-python-exec"
"""Pulumi's own script that the language host runs the user's program with."""

_VERSION = re.compile(r"^v?(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?(?:\+\S*)?$")

# The names of https://www.pulumi.com/docs/install/versions/, keyed by what Python calls the machine.
_OFFICIAL_SYSTEMS = {"linux": "linux", "darwin": "darwin"}
_OFFICIAL_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A usable engine. `search_path` are the folders to put in front of PATH so that it finds its language host."""

    executable: Path
    version: str
    built: bool
    """Whether it was built here, and so runs the Python language host of this project."""
    search_path: tuple[Path, ...]


@dataclass(frozen=True, kw_only=True)
class Platform:
    """The machine that the engine is for, as Python names it: `linux` and `x86_64`, `darwin` and `arm64`."""

    system: str
    machine: str

    @staticmethod
    def current() -> "Platform":
        """The machine that this runs on."""
        return Platform(system=platform.system().lower(), machine=platform.machine().lower())

    @property
    def official_name(self) -> str | None:
        """Pulumi's name for it in download addresses (`linux-x64`); None where Pulumi publishes nothing."""
        system = _OFFICIAL_SYSTEMS.get(self.system)
        machine = _OFFICIAL_MACHINES.get(self.machine)
        return f"{system}-{machine}" if system and machine else None

    def __str__(self) -> str:
        return f"{self.system}-{self.machine}"


@dataclass(frozen=True, kw_only=True, order=True)
class Version:
    """A semantic version without its build metadata, in the order of semver.org except among pre-releases."""

    major: int
    minor: int
    patch: int
    is_release: bool
    """Last, and False before True: a pre-release comes before the release of the same numbers."""

    @staticmethod
    def parse(text: str) -> "Version | None":
        """`v3.255.0`, `3.255.0-alpha.1+dirty`; None for anything else."""
        match = _VERSION.match(text.strip())
        if match is None:
            return None
        major, minor, patch = (int(number) for number in match.group(1, 2, 3))
        return Version(major=major, minor=minor, patch=patch, is_release=match.group(4) is None)


def is_new_enough(version: str) -> bool:
    """Whether an engine that reports `version` is at least ours, within the same major version."""
    found, wanted = Version.parse(version), Version.parse(ENGINE_VERSION)
    return found is not None and wanted is not None and found >= wanted and found.major == wanted.major
