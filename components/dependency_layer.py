"""`DependencyLayer`: third-party wheels as a layer version, for one runtime and architecture.

    lock (hashes) + platform ──► wheels in the cache ──► archive, below python/ ──► layer version ◄── functions

The archive is an explicit map of files, so it is the same for the same lock and platform, and a new layer version comes
only with a new lock, runtime or architecture. It deliberately carries no code of ours: that is in functions' archives.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

import pulumi
import pulumi_aws as aws

from components.errors import ArgumentError
from components.function_platform import FunctionPlatform
from components.packaging import FUNCTIONS_DIRECTORY, archive
from components.wheel_cache import WheelCache, WheelInstaller
from components.wheels import UNPACKED_LIMIT, check_lock, layer_files, wheel_platform

LAYERS_DIRECTORY = FUNCTIONS_DIRECTORY / "layers"

_LAYER_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(frozen=True, kw_only=True)
class DependencyLayerArgs:
    """What a layer is made of.

    `lock` is a requirements file with a hash for every package (`functions/layers/<name>/requirements.txt`, written by
    `make lock`); `platform` is that of the functions that get the layer. `installer` is where the wheels come from.
    Raises `ArgumentError` for a name that Lambda would refuse, and for a lock that does not pin everything.
    """

    layer_name: str
    lock: Path
    description: str
    platform: FunctionPlatform = field(default_factory=FunctionPlatform)
    installer: WheelInstaller = field(default_factory=WheelCache)

    def __post_init__(self) -> None:
        check_layer_name(self.layer_name)
        check_lock(f"layer {self.layer_name}: lock", self.lock)


class DependencyLayer(pulumi.ComponentResource):
    """The layer version, called `<name>` as a logical resource too.

    `arn` is what functions name in `layers`; `layer_arn` is the same without the version. An outdated version is
    deleted when no function of the program has it any more.
    """

    arn: pulumi.Output[str]
    layer_arn: pulumi.Output[str]
    version: pulumi.Output[str]

    def __init__(self, name: str, args: DependencyLayerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatehouse:index:DependencyLayer", name, None, opts)
        self.args = args
        layer = aws.lambda_.LayerVersion(
            name,
            layer_name=args.layer_name,
            description=args.description,
            code=archive(wheel_files(f"layer {args.layer_name}", args.lock, args.platform, args.installer)),
            compatible_runtimes=[args.platform.runtime],
            compatible_architectures=[args.platform.architecture.value],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = layer.arn
        self.layer_arn = layer.layer_arn
        self.version = layer.version
        self.register_outputs({"arn": self.arn, "layer_arn": self.layer_arn, "version": self.version})


def check_layer_name(name: str) -> None:
    """Raises `ArgumentError` for a name that Lambda would refuse."""
    if not _LAYER_NAME.fullmatch(name):
        raise ArgumentError(f"layer_name: {name!r} is not 1 to 64 letters, digits, - and _.")


def wheel_files(layer: str, lock: Path, platform: FunctionPlatform, installer: WheelInstaller) -> dict[str, Path]:
    """The files of a lock's wheels by their path in the layer; `layer` names it in errors.

    Raises `ArgumentError` where the lock installs nothing, or more than Lambda unpacks.
    """
    what = f"{layer}: lock"
    files = layer_files(installer.installed(what, lock, wheel_platform(platform)))
    if not files:
        raise ArgumentError(f"{what}: {lock} installs nothing on {platform.runtime}; remove the layer.")
    size = sum(path.stat().st_size for path in files.values())
    if size > UNPACKED_LIMIT:
        raise ArgumentError(
            f"{what}: {lock} unpacks to {size} bytes, and Lambda takes {UNPACKED_LIMIT} with the function's code; "
            "put fewer packages into the layer."
        )
    return files
