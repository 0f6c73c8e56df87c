"""A Lambda task root as it is deployed: import packages side by side, a chain's files in `plugins/`, nothing else."""

import shutil
from collections.abc import Iterable
from pathlib import Path

FUNCTIONS = Path(__file__).resolve().parents[2] / "functions"
AUTHORIZER_PACKAGES = ("authorizer", "jwt_verification", "secret_store")
_no_caches = shutil.ignore_patterns("__pycache__", "*.pyc")


def make_task_root(directory: Path, *, packages: Iterable[str], chain: str | None = None) -> Path:
    """Copy `packages`, and the files of the chain `chain`, into `directory` and return it."""
    for package in packages:
        shutil.copytree(FUNCTIONS / package, directory / package, ignore=_no_caches)
    if chain is not None:
        shutil.copytree(FUNCTIONS / "chains" / chain, directory / "plugins", ignore=_no_caches)
    return directory
