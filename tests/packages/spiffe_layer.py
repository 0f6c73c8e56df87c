"""The layer `spiffe_verifier` as the program makes it, for this machine and one version of Python."""

from pathlib import Path

from components.function_platform import FunctionPlatform
from components.layer_archive import layer_archive
from components.spiffe_verifier_layer import EXTENSION, SpiffeVerifierLayerArgs

NAME = "spiffe-verifier-extension"


def spiffe_layer(folder: Path, platform: FunctionPlatform, *, extension: bool = True) -> bytes:
    """The archive that reaches Lambda; `folder` keeps it."""
    arguments = SpiffeVerifierLayerArgs(platform=platform, extension=extension)
    return layer_archive(str(arguments), arguments.files(), {EXTENSION}, folder).read_bytes()
