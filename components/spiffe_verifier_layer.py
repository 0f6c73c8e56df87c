"""`SpiffeVerifierLayer`: what a function needs to verify JWT-SVIDs, as a layer version (seed 001's extension layer).

    functions/ jwt_verification, spiffe_verifier, spiffe_extension ──► python/        library, and the extension's code
    functions/layers/spiffe_verifier/requirements.txt (hashes)     ──► python/        wheels for the runtime and machine
    functions/layers/spiffe_verifier/extensions/                   ──► extensions/    what Lambda starts, executable

Functions with this layer take the library from it, not from their own archives, so that they and the extension beside
them always run the same one. `extension=False` leaves the extension out: functions then verify in process, with the
same result. Which workloads are trusted is a function's own settings: `components.spiffe_trust`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pulumi
import pulumi_aws as aws

from components.dependency_layer import LAYERS_DIRECTORY, check_layer_name, wheel_files
from components.errors import ArgumentError
from components.function_platform import FunctionPlatform
from components.layer_archive import layer_archive
from components.packaging import merged, package_files
from components.wheel_cache import WheelCache, WheelInstaller
from components.wheels import PACKAGES_IN_LAYER, check_lock

PACKAGES = ("jwt_verification", "spiffe_extension", "spiffe_verifier")
LAYER_DIRECTORY = LAYERS_DIRECTORY / "spiffe_verifier"
# Where Lambda looks for what it starts beside a function: https://docs.aws.amazon.com/lambda/latest/dg/lambda-extensions.html
EXTENSION = "extensions/spiffe-verifier-extension"

# How functions verify: what `SPIFFE_VERIFICATION` says to them.
VERIFICATION_VARIABLE = "SPIFFE_VERIFICATION"
BY_EXTENSION, IN_PROCESS = "extension", "in_process"


@dataclass(frozen=True, kw_only=True)
class SpiffeVerifierLayerArgs:
    """What the layer is made of.

    `platform` is that of the functions that get the layer; `extension` says whether Lambda starts the verifier beside
    them. `lock` (hashes for every package), `installer` and `archives` (the folder for the archive; the per-user cache
    unless given) are for tests and for other sources of wheels.
    Raises `ArgumentError` for a name that Lambda would refuse, and for a lock that does not pin everything.
    """

    layer_name: str = "spiffe-verifier"
    description: str = "Verifies JWT-SVIDs: library, and the extension that keeps the keys of trust domains"
    extension: bool = True
    platform: FunctionPlatform = field(default_factory=FunctionPlatform)
    lock: Path = LAYER_DIRECTORY / "requirements.txt"
    installer: WheelInstaller = field(default_factory=WheelCache)
    archives: Path | None = None

    def __post_init__(self) -> None:
        check_layer_name(self.layer_name)
        check_lock(f"{self}: lock", self.lock)

    def __str__(self) -> str:
        return f"layer {self.layer_name}"

    def files(self) -> dict[str, Path]:
        """Path in the layer -> file. Raises `ArgumentError` where a part is missing, or the wheels cannot be had."""
        code = {f"{PACKAGES_IN_LAYER}/{name}": path for name, path in package_files(PACKAGES).items()}
        wheels = wheel_files(str(self), self.lock, self.platform, self.installer)
        return merged(code, wheels, self._extension_files())

    def _extension_files(self) -> dict[str, Path]:
        if not self.extension:
            return {}
        program = LAYER_DIRECTORY / EXTENSION
        if not program.is_file():
            raise ArgumentError(f"{self}: {program} is not there; restore it, or set extension=False.")
        return {EXTENSION: program}


class SpiffeVerifierLayer(pulumi.ComponentResource):
    """The layer version, called `<name>` as a logical resource too.

    `arn` is what functions name in `layers`; `layer_arn` is the same without the version. `environment` is what they
    need to know of it. An outdated version is deleted when no function of the program has it any more.
    """

    arn: pulumi.Output[str]
    layer_arn: pulumi.Output[str]
    version: pulumi.Output[str]

    def __init__(
        self, name: str, args: SpiffeVerifierLayerArgs | None = None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("gatehouse:index:SpiffeVerifierLayer", name, None, opts)
        self.args = args = args or SpiffeVerifierLayerArgs()
        layer = aws.lambda_.LayerVersion(
            name,
            layer_name=args.layer_name,
            description=args.description,
            code=pulumi.FileArchive(str(layer_archive(str(args), args.files(), {EXTENSION}, args.archives))),
            compatible_runtimes=[args.platform.runtime],
            compatible_architectures=[args.platform.architecture.value],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = layer.arn
        self.layer_arn = layer.layer_arn
        self.version = layer.version
        self.register_outputs({"arn": self.arn, "layer_arn": self.layer_arn, "version": self.version})

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables of a function with this layer."""
        return {VERIFICATION_VARIABLE: BY_EXTENSION if self.args.extension else IN_PROCESS}
