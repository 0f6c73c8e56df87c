"""The build context of each function's image: exactly the files that its zip archive and its layers have.

    contexts/<function>/Dockerfile      the one Dockerfile
    contexts/<function>/task/...        what the zip archive has
    contexts/<function>/opt/...         what Lambda would unpack of the layers to /opt
    contexts/images.json                per function: handler, runtime, architecture; and the repositories' prefix

Files are readable by everybody and executable only where a layer says so: Lambda runs images as a user without rights.
"""

import json
import shutil
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pulumi

from components.errors import ArgumentError
from delivery.recorded_program import LAYER_VERSION, Recorded, recorded_program

FUNCTION = "aws:lambda/function:Function"
DOCKERFILE = Path(__file__).resolve().parent / "Dockerfile"
IMAGES = "images.json"
_FILE, _PROGRAM = 0o644, 0o755


def zip_program(settings: Mapping[str, Any], stack: str) -> list[Recorded]:
    """The program as it is with zip archives, whatever the stack's packaging: where the files come from."""
    return recorded_program({**settings, "gatehouse:packaging": "zip"}, stack)


def function_names(settings: Mapping[str, Any], stack: str) -> list[str]:
    """The names of the stack's functions, in the program's order."""
    return [str(each.inputs["name"]) for each in zip_program(settings, stack) if each.type == FUNCTION]


def write_contexts(
    settings: Mapping[str, Any],
    stack: str,
    output: Path,
    program_of: Callable[[Mapping[str, Any], str], Sequence[Recorded]] = zip_program,
) -> list[str]:
    """Writes every context into the new folder `output` and answers the functions' names. Raises `ArgumentError`.

    `program_of` is for who has the program of the stack with zip archives already.
    """
    if settings["gatehouse:packaging"] != "image":
        raise ArgumentError(
            f"stack {stack}: gatehouse:packaging is not image, so it needs no images; go on with deploy."
        )
    if output.exists():
        raise ArgumentError(f"{output} is there already; name a folder that is not, or delete it.")
    program = program_of(settings, stack)
    layers = {each.name: each for each in program if each.type == LAYER_VERSION}
    functions = {str(each.inputs["name"]): each for each in program if each.type == FUNCTION}
    for name, function in functions.items():
        folder = output / name
        (folder / "opt").mkdir(parents=True)
        _write(function.inputs["code"], folder / "task")
        for layer in _own_layers(name, function, layers):
            _write(layer.inputs["code"], folder / "opt")
        shutil.copyfile(DOCKERFILE, folder / "Dockerfile")
    document = {
        "repository_prefix": settings["gatehouse:imageRepositoryPrefix"],
        "functions": {
            name: {
                "handler": each.inputs["handler"],
                "runtime": each.inputs["runtime"],
                "architecture": each.inputs["architectures"][0],
            }
            for name, each in functions.items()
        },
    }
    (output / IMAGES).write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return sorted(functions)


def _own_layers(name: str, function: Recorded, layers: Mapping[str, Recorded]) -> Sequence[Recorded]:
    arns: list[str] = function.inputs.get("layers") or []
    foreign = [arn for arn in arns if arn not in layers]
    if foreign:
        raise ArgumentError(
            f"function {name}: the layer {foreign[0]} is not made by this program, so its content cannot be put "
            "into an image; leave it out (gatehouse:secretsExtensionLayerArn, for AWS's secrets extension)."
        )
    return [layers[arn] for arn in arns]


def _write(archive: Any, folder: Path) -> None:
    if isinstance(archive, pulumi.AssetArchive):
        for name, asset in archive.assets.items():
            if not isinstance(asset, pulumi.FileAsset):
                raise ArgumentError(f"{name} of an archive is no file; make archives with components.packaging.")
            _put(folder / name, Path(asset.path).read_bytes(), _FILE)
    elif isinstance(archive, pulumi.FileArchive):
        with zipfile.ZipFile(archive.path) as package:
            for entry in package.infolist():
                executable = (entry.external_attr >> 16) & 0o111
                _put(folder / entry.filename, package.read(entry), _PROGRAM if executable else _FILE)
    else:
        raise ArgumentError(f"{archive!r} is no archive of files; make it with components.packaging.")


def _put(path: Path, content: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open(
            "xb"
        ) as stream:  # two layers with one file would be a surprise: which one wins is Lambda's order
            stream.write(content)
    except FileExistsError:
        if path.read_bytes() != content:
            raise ArgumentError(f"{path} would be two different files, of two layers; rename one.") from None
    path.chmod(mode)
