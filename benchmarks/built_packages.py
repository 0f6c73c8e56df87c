"""What Lambda unpacks of a deployed authorizer: the zip of its function, and that of the layer with its wheels.

Both come from the components that deploy them, so that a file which packaging adds or drops is there, or missing, when
the result is measured. Deliberately nothing else: no bytecode, and no package of this project's environment.
"""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.locked_packages import locked_packages
from components.custom_authorizer import CustomAuthorizerArgs
from components.dependency_layer import wheel_files
from components.wheel_cache import WheelCache
from components.wheels import PACKAGES_IN_LAYER, WheelPlatform, layer_files, wheel_platform
from tests.support.layers import this_machine, zipped


def unpacked_authorizer(folder: Path, *, chain: Path) -> Path:
    """Fill `folder` as the task root of an authorizer with the plugins in `chain`, and return it.

    Raises:
        ArgumentError: the chain could not be deployed.
    """
    return _unpacked(CustomAuthorizerArgs(function_name="measured", plugins_directory=chain).files(), folder)


def layer_wheels() -> WheelPlatform | None:
    """Which wheels functions on this machine load, None where Lambda has no such machine (macOS)."""
    platform = this_machine()
    return None if platform is None else wheel_platform(platform)


def unpacked_layer(folder: Path, *, lock: Path) -> Path:
    """Fill `folder` with the layer of `lock` for functions on this machine, and return where its packages are.

    Where Lambda has no such machine, the wheels for this one go through the same filter.

    Raises:
        ArgumentError: the lock cannot be installed.
        RuntimeError: the same where Lambda has no such machine.
    """
    platform = this_machine()
    if platform is None:
        files = layer_files(locked_packages(lock))
    else:
        files = wheel_files(f"layer {lock.parent.name}", lock, platform, WheelCache())
    return _unpacked(files, folder) / PACKAGES_IN_LAYER


def _unpacked(files: Mapping[str, Path], folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(zipped(files))) as package:
        package.extractall(folder)
    return folder
