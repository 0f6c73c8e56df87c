"""Build contexts and builds of images, as far as both go without a Docker daemon: what is in a context, and which
commands would build it. Not tested here: that Docker builds the Dockerfile, and that Lambda runs the image."""

import hashlib
import json
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.errors import ArgumentError
from delivery.build_contexts import DOCKERFILE, FUNCTION, IMAGES, write_contexts
from delivery.image_builds import base_images, build_images, missing_images
from delivery.recorded_program import LAYER_VERSION, ROOT, Recorded, recorded_program, stack_settings

DIGEST = "sha256:" + hashlib.sha256(b"any").hexdigest()
BASES = " ".join(f"public.ecr.aws/lambda/python:{version}@{DIGEST}" for version in ("3.12", "3.13"))
TAG = "0f8fad5bd9cb469fa16570867728950e0a1b2c3d"
REGISTRY = "111122223333.dkr.ecr.ap-southeast-3.amazonaws.com"


@pytest.fixture(scope="module")
def contexts(settings: dict[str, Any], program: list[Recorded], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images") / "contexts"
    write_contexts(settings, "test", folder, lambda _settings, _stack: program)
    return folder


def files_below(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def functions_of(program: list[Recorded]) -> list[Recorded]:
    return [each for each in program if each.type == FUNCTION]


def test_the_task_folder_has_exactly_the_files_of_the_zip(program: list[Recorded], contexts: Path) -> None:
    functions = functions_of(program)

    assert len(functions) > 20
    for each in functions:
        code = each.inputs["code"]
        assert isinstance(code, pulumi.AssetArchive)
        assets: dict[str, Any] = dict(code.assets)
        wanted = {name: Path(asset.path).read_bytes() for name, asset in assets.items()}
        assert files_below(contexts / each.inputs["name"] / "task") == wanted


def test_the_handler_is_in_the_context(contexts: Path) -> None:
    functions = json.loads((contexts / IMAGES).read_text())["functions"]

    for name, each in functions.items():
        module = each["handler"].rpartition(".")[0].replace(".", "/")
        assert (contexts / name / "task" / f"{module}.py").is_file()


def test_layers_are_below_opt_and_extensions_may_be_executed(program: list[Recorded], contexts: Path) -> None:
    with_layers = {each.inputs["name"] for each in functions_of(program) if each.inputs.get("layers")}
    with_files = {folder.parent.name for folder in contexts.glob("*/opt") if any(folder.iterdir())}

    assert "spiffe-authorizer" in with_layers
    assert with_files == with_layers
    extension = contexts / "spiffe-authorizer" / "opt" / "extensions" / "spiffe-verifier-extension"
    assert stat.S_IMODE(extension.stat().st_mode) == 0o755
    assert (contexts / "spiffe-authorizer" / "opt" / "python" / "cryptography" / "__init__.py").is_file()


def test_everybody_may_read_a_context_and_nobody_else_may_write_it(contexts: Path) -> None:
    modes = {stat.S_IMODE(path.stat().st_mode) for path in contexts.glob("*/*/**/*") if path.is_file()}

    assert modes == {0o644, 0o755}


def test_every_context_has_the_one_dockerfile_and_nothing_else(contexts: Path) -> None:
    for folder in contexts.iterdir():
        if folder.is_dir():
            assert sorted(path.name for path in folder.iterdir()) == ["Dockerfile", "opt", "task"]
            assert (folder / "Dockerfile").read_bytes() == DOCKERFILE.read_bytes()


def test_the_dockerfile_copies_two_folders_onto_a_base_that_is_given() -> None:
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.startswith("#")]

    assert [line.split()[0] for line in lines] == ["ARG", "FROM", "COPY", "COPY", "ENV"]
    assert lines[:2] == ["ARG BASE_IMAGE", "FROM ${BASE_IMAGE}"]


def test_the_program_of_images_calls_the_same_handlers(settings: dict[str, Any], contexts: Path) -> None:
    functions = json.loads((contexts / IMAGES).read_text())["functions"]
    deployed = functions_of(recorded_program(settings, "test"))

    assert {each.inputs["name"]: each.inputs["imageConfig"]["commands"] for each in deployed} == {
        name: [each["handler"]] for name, each in functions.items()
    }


def test_contexts_are_refused_where_they_would_be_of_no_use(settings: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="is there already"):
        write_contexts(settings, "test", tmp_path)
    with pytest.raises(ArgumentError, match="packaging is not image"):
        write_contexts({**settings, "gatehouse:packaging": "zip"}, "test", tmp_path / "new")


def test_a_layer_of_somebody_else_cannot_be_put_into_an_image(settings: dict[str, Any], tmp_path: Path) -> None:
    layer = "arn:aws:lambda:ap-southeast-3:490737872127:layer:AWS-Parameters-and-Secrets-Lambda-Extension:94"
    # One system is enough, as many as have secrets would do.
    others_off = {f"gatehouse:{system}Enabled": False for system in ("tenant", "workload", "partner")}
    changed = {**settings, **others_off, "gatehouse:secretsExtensionLayerArn": layer}

    with pytest.raises(ArgumentError, match=f"{layer} is not made by this program"):
        write_contexts(changed, "test", tmp_path / "new")


class Machine:
    """Stands for `aws` and `docker`: answers what is in the registry, and keeps the commands."""

    def __init__(self, *, there: Sequence[str] = (), refusal: str = "") -> None:
        self.commands: list[Sequence[str]] = []
        self.given: list[str] = []
        self.there = {f"gatehouse/{name}" for name in there}
        self.refusal = refusal

    def __call__(self, command: Sequence[str], given: str | None) -> tuple[int, str]:
        self.commands.append(command)
        if given:
            self.given.append(given)
        if command[1:3] == ["ecr", "get-login-password"]:
            return 0, "of-twelve-hours\n"
        if command[1:3] == ["ecr", "describe-images"]:
            if self.refusal:
                return 254, self.refusal
            name = command[command.index("--repository-name") + 1]
            return (0, "{}") if name in self.there else (254, "An error occurred (ImageNotFoundException)")
        return 0, ""

    @property
    def builds(self) -> list[Sequence[str]]:
        return [command for command in self.commands if command[:3] == ["docker", "buildx", "build"]]


def test_what_is_not_there_is_built_for_its_machine_and_pushed(contexts: Path) -> None:
    machine, said = Machine(there=["hello-world"]), list[str]()

    build_images(contexts, base=BASES, tag=TAG, run=machine, say=said.append)

    images = [command[command.index("--tag") + 1] for command in machine.builds]
    assert f"{REGISTRY}/gatehouse/whoami:{TAG}" in images
    assert f"{REGISTRY}/gatehouse/hello-world:{TAG}" not in images
    assert f"hello-world: {TAG} is there" in said
    for command in machine.builds:
        assert command[command.index("--platform") + 1] == "linux/amd64"
        assert {"--provenance=false", "--sbom=false", "--push"} <= set(command)
        assert any(part.startswith("BASE_IMAGE=public.ecr.aws/lambda/python:3.1") for part in command)


def test_the_registrys_password_is_in_no_command_line(contexts: Path) -> None:
    machine = Machine()

    build_images(contexts, base=BASES, tag=TAG, run=machine, say=lambda _: None)

    assert machine.given == ["of-twelve-hours"]
    assert [command for command in machine.commands if "of-twelve-hours" in " ".join(command)] == []


def test_a_registry_that_refuses_stops_the_build(contexts: Path) -> None:
    machine = Machine(refusal="An error occurred (AccessDeniedException)")

    with pytest.raises(ArgumentError, match="AccessDeniedException"):
        build_images(contexts, base=BASES, tag=TAG, run=machine, say=lambda _: None)
    assert machine.builds == []


def test_functions_whose_images_are_not_there_are_named_before_anything_is_deployed() -> None:
    names, prefix = ["whoami", "hello-world", "protected"], f"{REGISTRY}/gatehouse"
    machine = Machine(there=["whoami"])
    assert missing_images(names, repository_prefix=prefix, tag=TAG, run=machine) == ["hello-world", "protected"]
    assert {command[1:3] == ["ecr", "describe-images"] for command in machine.commands} == {True}
    assert missing_images(names, repository_prefix=prefix, tag=TAG, run=Machine(there=names)) == []
    with pytest.raises(ArgumentError, match="AccessDeniedException"):
        missing_images(names, repository_prefix=prefix, tag=TAG, run=Machine(refusal="AccessDeniedException"))
    with pytest.raises(ArgumentError, match="latest"):
        missing_images(names, repository_prefix=prefix, tag="latest", run=machine)


@pytest.mark.parametrize(
    "image",
    [
        "public.ecr.aws/lambda/python:3.13",
        "public.ecr.aws/lambda/python@" + DIGEST,
        f"docker.io/evil/python:3.13@{DIGEST}",
        f"public.ecr.aws/lambda/python:3.13@{DIGEST}0",
    ],
)
def test_a_base_without_its_digest_or_of_somebody_else_is_refused(image: str) -> None:
    with pytest.raises(ArgumentError, match="imagetools inspect"):
        base_images(image)


def test_a_runtime_without_a_base_is_told_before_anything_runs(contexts: Path) -> None:
    machine = Machine()

    with pytest.raises(ArgumentError, match=r"no base image for python3\.12"):
        build_images(contexts, base=BASES.split()[1], tag=TAG, run=machine, say=lambda _: None)
    assert machine.commands == []


def test_settings_come_from_the_stacks_file_over_the_projects_defaults(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text())
    (tmp_path / "Pulumi.live.yaml").write_text("config:\n  gatehouse:packaging: image\n")
    (tmp_path / "Pulumi.wrong.yaml").write_text("config:\n  gatehouse:imageTag:\n    secure: AAAB\n")

    settings = stack_settings("live", tmp_path)

    assert (settings["gatehouse:packaging"], settings["gatehouse:architecture"]) == ("image", "x86_64")
    with pytest.raises(ArgumentError, match=r"there is no Pulumi\.other\.yaml"):
        stack_settings("other", tmp_path)
    with pytest.raises(ArgumentError, match="gatehouse:imageTag is encrypted"):
        stack_settings("wrong", tmp_path)


def test_the_layers_of_the_program_are_found_by_their_logical_names(program: list[Recorded]) -> None:
    assert "spiffe-verifier" in {each.name for each in program if each.type == LAYER_VERSION}
