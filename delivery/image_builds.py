"""Builds the images of contexts and pushes them to ECR, with the `docker` and `aws` commands of the machine.

An image whose tag is there is left: tags never move, so it is the same. Deliberately keeps no credential: Docker is
given ECR's twelve-hour password on standard input.
"""

import json
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from components.container_images import ContainerImages
from components.errors import ArgumentError
from delivery.build_contexts import IMAGES

Run = Callable[[Sequence[str], str | None], tuple[int, str]]
"""Runs a command with a text on standard input: exit code, and what it printed on both streams."""

_BASE = re.compile(r"public\.ecr\.aws/lambda/python:(3\.\d+)@sha256:[0-9a-f]{64}")
_REGISTRY = re.compile(r"(?P<host>\d{12}\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?)/(?P<namespace>.+)")
_PLATFORMS = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}


def base_images(text: str) -> dict[str, str]:
    """By runtime, the base images in a text with one or several. Raises `ArgumentError` for one without its digest."""
    found: dict[str, str] = {}
    for image in text.split():
        match = _BASE.fullmatch(image)
        if match is None:
            raise ArgumentError(
                f"base image {image!r} is not public.ecr.aws/lambda/python:<version>@sha256:<digest>; `docker buildx "
                "imagetools inspect public.ecr.aws/lambda/python:3.13` tells the digest."
            )
        found[f"python{match[1]}"] = image
    return found


def build_images(contexts: Path, *, base: str, tag: str, run: Run, say: Callable[[str], object]) -> None:
    """Builds and pushes what is not in the registry yet. Raises `ArgumentError` with the command's last line."""
    try:
        document: dict[str, Any] = json.loads((contexts / IMAGES).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ArgumentError(f"{contexts} has no {IMAGES}; write it with `python -m delivery contexts`.") from None
    images = ContainerImages(repository_prefix=document["repository_prefix"], tag=tag)
    functions: Mapping[str, Mapping[str, str]] = document["functions"]
    bases = base_images(base)
    missing = sorted({each["runtime"] for each in functions.values()} - set(bases))
    if missing:
        raise ArgumentError(f"there is no base image for {', '.join(missing)}; name one with its digest in --base.")
    registry = _registry_of(images)
    password = _done(run, ["aws", "ecr", "get-login-password", "--region", registry["region"]]).strip()
    _done(run, ["docker", "login", "--username", "AWS", "--password-stdin", registry["host"]], password)
    for name, function in sorted(functions.items()):
        uri = images.uri(name)
        if _is_there(run, _repository(images, name), tag, registry["region"]):
            say(f"{name}: {tag} is there")
            continue
        # Lambda takes one manifest, not a list of them, which attestations would make of it.
        command = ["docker", "buildx", "build", "--platform", _PLATFORMS[function["architecture"]]]
        command += ["--provenance=false", "--sbom=false", "--build-arg", f"BASE_IMAGE={bases[function['runtime']]}"]
        _done(run, [*command, "--tag", uri, "--push", str(contexts / name)])
        say(f"{name}: pushed {uri}")


def missing_images(functions: Sequence[str], *, repository_prefix: str, tag: str, run: Run) -> list[str]:
    """Which of these functions have no image with this tag: a deployment would stop half-way at the first of them.

    Raises `ArgumentError` for what is no repository and no fixed tag, and where ECR does not tell.
    """
    images = ContainerImages(repository_prefix=repository_prefix, tag=tag)
    registry = _registry_of(images)
    return [
        name for name in sorted(functions) if not _is_there(run, _repository(images, name), tag, registry["region"])
    ]


def run_command(command: Sequence[str], given: str | None) -> tuple[int, str]:
    """The `Run` of real builds."""
    answer = subprocess.run(
        command, input=given or "", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return answer.returncode, answer.stdout


def _registry_of(images: ContainerImages) -> re.Match[str]:
    registry = _REGISTRY.fullmatch(images.repository_prefix)
    assert registry is not None  # noqa: S101 - ContainerImages has checked it
    return registry


def _repository(images: ContainerImages, function: str) -> str:
    return images.uri(function).partition("/")[2].rpartition(":")[0]


def _is_there(run: Run, repository: str, tag: str, region: str) -> bool:
    command = ["aws", "ecr", "describe-images", "--region", region, "--repository-name", repository]
    code, output = run([*command, "--image-ids", f"imageTag={tag}"], None)
    if code and "ImageNotFoundException" not in output:
        raise _failed(command, output)
    return code == 0


def _done(run: Run, command: Sequence[str], given: str | None = None) -> str:
    code, output = run(command, given)
    if code:
        raise _failed(command, output)
    return output


def _failed(command: Sequence[str], output: str) -> ArgumentError:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return ArgumentError(f"`{' '.join(command[:3])}` failed ({(lines or ['it printed nothing'])[-1]}); correct that.")
