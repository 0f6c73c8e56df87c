"""Makes `.venv` from the hash-locked requirements, with an installer that is fetched once per machine.

Run by the Makefile with whatever `python3` there is, so this one file keeps to syntax that Python 3.6 reads: an
interpreter that is too old gets a sentence, not a SyntaxError. It deliberately imports nothing of the project
and writes nothing outside `.venv` and the per-user cache.
"""

import errno
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Callable, Iterable, Iterator, List, NamedTuple, Optional, Tuple

OLDEST = (3, 11)
NEWEST = (3, 13)
ROOT = Path(__file__).resolve().parent.parent
VENV = (ROOT / ".venv").resolve()  # its programs name the folder that they are in, not a link to it
STAMP = VENV / ".lock-digest"
NAMED = "--named"
LOCK_FILE = ROOT / "requirements-dev.txt"
INSTALLER_LOCK_FILE = ROOT / "requirements-bootstrap.txt"

Version = Tuple[int, int]


class SetupError(Exception):
    """One line that says what is wrong and what to do."""


def say(line: str) -> None:
    """Prints a progress line at once: these steps can take a minute on a new machine."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def cache_directory() -> Path:
    """The per-user cache: `$GATEHOUSE_CACHE`, else `$XDG_CACHE_HOME/gatehouse`, else `~/.cache/gatehouse`."""
    explicit = os.environ.get("GATEHOUSE_CACHE")
    if explicit:
        return Path(explicit)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "gatehouse"


class Interpreter(NamedTuple):
    """A Python that runs and has what this project needs of the standard library.

    `optimized`: compiled with a profile of itself at work, which makes what only computes a third faster. Whoever
    compiles it has to ask for that (`--enable-optimizations`, https://docs.python.org/3/using/configure.html), and
    pyenv does not unless it is told to; distributions do, some of them in other words.
    """

    executable: str
    version: Version
    optimized: bool


def probed(executable: str) -> Optional[Interpreter]:
    """What a Python executable is, or None where it does not run or is a distribution's smallest part of one."""
    program = (
        "import asyncio, ctypes, ssl, sys, sysconfig;"
        "asked = '--enable-optimizations' in (sysconfig.get_config_var('CONFIG_ARGS') or '');"
        "print(*sys.version_info[:2], int(asked or sys.base_prefix == '/usr'))"
    )
    try:
        answer = subprocess.check_output(
            [executable, "-I", "-c", program], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        major, minor, optimized = map(int, answer.decode("ascii").split())
        return Interpreter(executable, (major, minor), bool(optimized))
    except (OSError, ValueError, subprocess.CalledProcessError):
        return None


def on_path(minor: int) -> Iterator[Interpreter]:
    """Every Python 3.<minor> on PATH, in its order."""
    for folder in filter(None, os.environ.get("PATH", "").split(os.pathsep)):
        executable = str(Path(folder) / f"python3.{minor}")
        found = probed(executable) if os.access(executable, os.X_OK) else None
        if found and found.version == (3, minor):
            yield found


def is_supported(version: Version) -> bool:
    """Whether Gatehouse runs on this version of Python."""
    return OLDEST <= version <= NEWEST


def choose_python(
    running: str,
    version: Version,
    *,
    named: bool,
    probe: Callable[[str], Optional[Interpreter]] = probed,
    installed: Callable[[int], Iterable[Interpreter]] = on_path,
) -> str:
    """The interpreter for `.venv`: the running one if it is supported, else the newest supported one on PATH.

    Of several of that version, one that is optimized; but what the user has `named` is used as it is. Raises SetupError
    when there is none.
    """
    if is_supported(version):
        if named:
            return running
        own = probe(running)
        if own and own.optimized:
            return running
        return next((each.executable for each in installed(version[1]) if each.optimized), running)
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = sorted(installed(minor), key=lambda each: not each.optimized)
        if found:
            return found[0].executable
    raise SetupError(
        f"Python {version[0]}.{version[1]} cannot run Gatehouse, and no python3.11, python3.12 or "
        "python3.13 is on PATH: install one of them, or name it: make up PYTHON=/path/to/python3.13"
    )


def run(command: List[str], failure: str) -> None:
    """Runs a command, showing its output only when it fails. Raises SetupError(failure + its last line)."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=str(ROOT)
    )
    output = process.communicate()[0].decode("utf-8", "replace").strip()
    if process.returncode:
        if os.strerror(errno.ENOSPC) in output:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        last = output.splitlines()[-1].strip() if output else "it printed nothing"
        raise SetupError(f"{failure} ({last})")


def installer(python: str, cache: Path) -> str:
    """The pinned `uv`, from the cache; put there with pip and its hash on a machine that has none yet."""
    homes = cache / "uv"
    home = homes / hashlib.sha256(INSTALLER_LOCK_FILE.read_bytes()).hexdigest()[:16]
    executable = home / "bin" / "uv"
    if os.access(str(executable), os.X_OK):
        return str(executable)
    homes.mkdir(parents=True, exist_ok=True)
    with (homes / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.access(str(executable), os.X_OK):
            return str(executable)
        say("Fetching the package installer (once per machine) ...")
        scratch = tempfile.mkdtemp(dir=str(homes))
        command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--require-hashes", "--target", scratch, "-r", str(INSTALLER_LOCK_FILE)]
        try:
            run(
                command,
                f"The package installer could not be fetched with `{python} -m pip`: install pip for this Python "
                "(Debian: apt install python3-pip) and check that the package index is reachable",
            )
            Path(scratch).rename(home)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return str(executable)


def is_current(digest: str) -> bool:
    """Whether `.venv` is complete and its interpreter there: the stamp is written last, and not when interrupted."""
    try:
        return STAMP.read_text() == digest and os.access(str(VENV / "bin" / "python"), os.X_OK)
    except OSError:
        return False


def setup(*, named: bool) -> None:
    """Makes or renews `.venv`; at once when nothing changed. Raises SetupError or OSError.

    What is chosen depends on the running interpreter and on whether it was `named`: where both are as they were, nobody
    looks for another.
    """
    running, version = os.path.realpath(sys.executable), sys.version_info[:2]
    digest = hashlib.sha256(LOCK_FILE.read_bytes() + f"{running} {named}".encode()).hexdigest()
    if is_current(digest):
        return
    python = choose_python(running, version, named=named)
    # The running one has pip; a distribution's other may be without it.
    uv = installer(running if is_supported(version) else python, cache_directory())
    say(f"Installing the locked Python packages into .venv, with {python} ...")
    run([uv, "venv", "--quiet", "--clear", "--python", python, str(VENV)], "`.venv` could not be made")
    command = [uv, "pip", "install", "--quiet", "--require-hashes", "--python", str(VENV / "bin" / "python")]
    run(
        [*command, "-r", str(LOCK_FILE)],
        "The locked Python packages could not be installed: check that the package index is reachable, then run "
        "the same command again",
    )
    STAMP.write_text(digest)


def main() -> int:
    """Exit code 0 when `.venv` is ready, else 1 with one line."""
    try:
        setup(named=NAMED in sys.argv[1:])
    except SetupError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        sys.stderr.write("error: the disk is full: free some space, then run the same command again.\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted: run the same command again to go on.\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
