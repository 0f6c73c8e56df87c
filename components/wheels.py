"""Which wheels a Lambda runtime can load, how they are installed, and which of their files a layer carries. Pure.

    lock + platform ──► command (uv, or pip) ──► folder ──► {path in the layer: file}, without what no function needs

Deliberately only wheels: nothing is compiled, no `setup.py` is run, and what the lock does not name with its hash is
not installed. Starting the command and keeping its result is `components.wheel_cache`'s.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from components.errors import ArgumentError
from components.function_platform import Architecture, FunctionPlatform

# Where Lambda looks for a layer's packages, whatever the version of Python:
# https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
PACKAGES_IN_LAYER = "python"

# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html: python3.11 runs on Amazon Linux 2 with glibc 2.26,
# later ones on Amazon Linux 2023 with glibc 2.34. A wheel's tag names the oldest glibc that it runs with (PEP 600);
# of those up to 2.26, 2.17 is the one that wheels are made for.
AMAZON_LINUX_2_RUNTIMES = frozenset({"python3.11"})
OLD_GLIBC_MINOR, NEW_GLIBC_MINOR = 17, 34
_MACHINES = {Architecture.X86_64: "x86_64", Architecture.ARM64: "aarch64"}

# Bytes of a function's code and its layers together, unpacked (Lambda quotas).
UNPACKED_LIMIT = 250 * 1024 * 1024

_LEFT_OUT_DIRECTORIES = frozenset({"__pycache__", "tests"})
# Bytecode (of this machine's Python), type stubs, and sources and headers of what is compiled already.
_LEFT_OUT_SUFFIXES = frozenset({".c", ".cpp", ".h", ".pxd", ".pyc", ".pyi", ".pyo", ".pyx"})
# What an installer notes about itself; it differs from one installer to the next.
_LEFT_OUT_METADATA = frozenset(
    {"INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_build.json", "uv_cache.json"}
)
_PINNED = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^]]*\])?==", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class WheelPlatform:
    """What a compiled wheel has to fit: `python_version` such as 3.13, `machine` as Linux names it, glibc 2.`minor`."""

    python_version: str
    machine: str
    glibc_minor: int

    def __str__(self) -> str:
        return f"python{self.python_version}-manylinux_2_{self.glibc_minor}_{self.machine}"


def wheel_platform(platform: FunctionPlatform) -> WheelPlatform:
    """The wheels that functions of this platform load."""
    return WheelPlatform(
        python_version=platform.runtime.removeprefix("python"),
        machine=_MACHINES[platform.architecture],
        glibc_minor=OLD_GLIBC_MINOR if platform.runtime in AMAZON_LINUX_2_RUNTIMES else NEW_GLIBC_MINOR,
    )


def check_lock(what: str, lock: Path) -> bytes:
    """The contents of a lock. Raises `ArgumentError` for one that is missing, empty, or has a package without hash."""
    try:
        text = lock.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ArgumentError(
            f"{what}: there is no {lock}; write {lock.stem}.in beside it and run `make lock`."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ArgumentError(f"{what}: {lock} cannot be read ({type(error).__name__}); run `make lock`.") from None
    starts = [found.start() for found in _PINNED.finditer(text)]
    if not starts:
        raise ArgumentError(f"{what}: {lock} names no package as name==version; run `make lock`.")
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        if "--hash=sha256:" not in text[start:end]:
            package = text[start:end].partition("==")[0]
            raise ArgumentError(f"{what}: {lock} has no hash for {package}; run `make lock`.")
    return text.encode()


def uv_command(uv: str, *, python: str, lock: Path, target: Path, platform: WheelPlatform) -> list[str]:
    """How `uv` installs the lock's wheels for the platform into `target`, whatever this machine is."""
    # Copied, because files that are linked from uv's own cache would change, or go, with it.
    options = ["--python-version", platform.python_version, "--python", python, "--link-mode", "copy"]
    options += ["--python-platform", f"{platform.machine}-manylinux_2_{platform.glibc_minor}"]
    return [uv, "pip", "install", "--quiet", *_common_options(lock, target), *options]


def pip_command(python: str, *, lock: Path, target: Path, platform: WheelPlatform) -> list[str]:
    """The same with `pip`, which has to be told every tag that fits."""
    options = ["--python-version", platform.python_version, "--implementation", "cp", "--no-compile"]
    for minor in range(platform.glibc_minor, OLD_GLIBC_MINOR - 1, -1):
        options += ["--platform", f"manylinux_2_{minor}_{platform.machine}"]
    options += ["--platform", f"manylinux2014_{platform.machine}", "--disable-pip-version-check"]
    return [python, "-m", "pip", "install", "--quiet", *_common_options(lock, target), *options]


def _common_options(lock: Path, target: Path) -> Sequence[str]:
    return ("--require-hashes", "--no-deps", "--only-binary", ":all:", "--target", str(target), "-r", str(lock))


def layer_files(packages: Path) -> dict[str, Path]:
    """What a layer carries of the folder that wheels were installed into, by path in the layer, sorted."""
    files: dict[str, Path] = {}
    for path in sorted(packages.rglob("*")):
        inside = path.relative_to(packages)
        if path.is_file() and not path.is_symlink() and _is_needed(inside):
            files[f"{PACKAGES_IN_LAYER}/{inside.as_posix()}"] = path
    return files


def _is_needed(inside: Path) -> bool:
    parts = inside.parts
    # `bin` holds programs for a shell, `.lock` is the installer's.
    if parts[0] == "bin" or inside.name.startswith(".") or not _LEFT_OUT_DIRECTORIES.isdisjoint(parts):
        return False
    if parts[0].endswith(".dist-info"):
        return inside.name not in _LEFT_OUT_METADATA  # its licenses and its version stay
    return inside.suffix not in _LEFT_OUT_SUFFIXES
