"""A layer of wheels as a deployment makes it: installed into the user's cache, once, and zipped as the sandbox does."""

import functools
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

from components.dependency_layer import LAYERS_DIRECTORY
from components.function_platform import Architecture, FunctionPlatform
from components.wheel_cache import WheelCache
from components.wheels import layer_files, wheel_platform
from sandbox.provider.deployment_package import deployment_package
from sandbox.provider.values import Archive, Asset

JWT_CRYPTOGRAPHY = LAYERS_DIRECTORY / "jwt_cryptography" / "requirements.txt"
_ARCHITECTURES = {"x86_64": Architecture.X86_64, "aarch64": Architecture.ARM64}


def this_machine(runtime: str = f"python3.{sys.version_info.minor}") -> FunctionPlatform | None:
    """The platform of functions whose wheels this machine can load, or None where it is no Linux on such a machine."""
    architecture = _ARCHITECTURES.get(platform.machine())
    if sys.platform != "linux" or architecture is None:
        return None
    return FunctionPlatform(runtime=runtime, architecture=architecture)


def files_of_layer(lock: Path, functions: FunctionPlatform) -> dict[str, Path]:
    """Path in the layer -> file."""
    return layer_files(WheelCache().installed(f"layer {lock.parent.name}", lock, wheel_platform(functions)))


@functools.cache
def zipped_layer(lock: Path, functions: FunctionPlatform) -> bytes:
    """The layer's archive, made once for all tests that only look at it."""
    return zipped(files_of_layer(lock, functions))


def zipped(files: Mapping[str, Path]) -> bytes:
    """The archive that reaches Lambda."""
    return deployment_package(Archive(assets={name: Asset(path=str(path)) for name, path in files.items()}), None)
