"""`packaging: image`: every function names its image, and nothing that images cannot have is taken."""

from typing import Any

import pytest

from components.container_images import ContainerImages
from components.errors import ArgumentError, SettingError
from components.function_platform import FunctionPlatform, SecretsExtension
from components.function_settings import ProvisionedConcurrency, SnapStart
from components.program import build
from components.settings import read_settings
from tests.components.samples import function_args, python_function
from tests.components.stack_settings import sandbox_settings
from tests.components.test_python_function import LAYER
from tests.support.mocks import Stack, deploy

FUNCTION = "aws:lambda/function:Function"
PREFIX = "111122223333.dkr.ecr.ap-southeast-3.amazonaws.com/gatehouse"
COMMIT = "0f8fad5bd9cb469fa16570867728950e0a1b2c3d"
IMAGES = ContainerImages(repository_prefix=PREFIX, tag=COMMIT)
OF_ARCHIVES = {"code", "handler", "runtime", "layers"}


def deployed(**changes: Any) -> Stack:
    return deploy(lambda: python_function("backend", platform=FunctionPlatform(images=IMAGES), **changes))


def test_a_function_of_an_image_names_it_and_its_handler_and_has_nothing_of_an_archive() -> None:
    inputs = deployed().one(FUNCTION).inputs

    assert inputs["packageType"] == "Image"
    assert inputs["imageUri"] == f"{PREFIX}/backend:{COMMIT}"
    assert inputs["imageConfig"] == {"commands": ["hello.handler.handle"]}
    assert OF_ARCHIVES.isdisjoint(inputs)


def test_layers_are_in_the_image_and_not_on_the_function() -> None:
    assert "layers" not in deployed(layers=[LAYER]).one(FUNCTION).inputs


def test_a_function_of_an_image_keeps_its_role_log_group_and_alias() -> None:
    stack = deployed(warm_start=ProvisionedConcurrency(executions=1))

    assert stack.one("aws:lambda/alias:Alias").inputs["functionName"] == "backend"
    assert stack.one("aws:cloudwatch/logGroup:LogGroup").inputs["name"] == "/aws/lambda/backend"
    assert stack.one(FUNCTION).inputs["publish"] is True


def test_capital_letters_of_a_function_are_small_in_its_repository() -> None:
    assert IMAGES.uri("ApiBackend") == f"{PREFIX}/apibackend:{COMMIT}"


@pytest.mark.parametrize(
    "prefix",
    [
        "",
        "docker.io/gatehouse",
        "111122223333.dkr.ecr.ap-southeast-3.amazonaws.com",
        "111122223333.dkr.ecr.ap-southeast-3.amazonaws.com.evil.example/gatehouse",
        f"{PREFIX}/",
        f"https://{PREFIX}",
    ],
)
def test_only_a_private_repository_of_ecr_is_taken(prefix: str) -> None:
    with pytest.raises(ArgumentError, match="repository_prefix"):
        ContainerImages(repository_prefix=prefix, tag=COMMIT)


@pytest.mark.parametrize("tag", ["", "latest", "-a", "a" * 129, "a b"])
def test_a_tag_that_moves_or_is_none_is_refused(tag: str) -> None:
    with pytest.raises(ArgumentError, match="is no tag that stays"):
        ContainerImages(repository_prefix=PREFIX, tag=tag)


def test_the_secrets_extension_which_is_only_a_layer_is_refused() -> None:
    with pytest.raises(ArgumentError, match="images have no layers"):
        FunctionPlatform(images=IMAGES, secrets_extension=SecretsExtension(layer_version_arn=LAYER))


def test_snap_start_and_names_that_no_repository_can_have_are_refused() -> None:
    platform = FunctionPlatform(images=IMAGES)

    with pytest.raises(ArgumentError, match="SnapStart for zip archives"):
        function_args(platform=platform, warm_start=SnapStart())
    with pytest.raises(ArgumentError, match="cannot be the name of a repository"):
        function_args(platform=platform, function_name="ends-")


def settings(**changes: Any) -> dict[str, Any]:
    image = {
        "packaging": "image",
        "imageRepositoryPrefix": PREFIX,
        "imageTag": COMMIT,
        "secretsExtensionLayerArn": "",
    }
    return sandbox_settings(**{**image, **changes})


def test_the_setting_makes_every_function_of_the_stack_one_of_an_image() -> None:
    functions = deploy(lambda: build(read_settings()), settings=settings()).of_type(FUNCTION)

    assert len(functions) > 10
    for each in functions:
        assert each.inputs["imageUri"] == f"{PREFIX}/{each.inputs['name']}:{COMMIT}"
        assert OF_ARCHIVES.isdisjoint(each.inputs)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"packaging": "tar"}, "packaging"),
        ({"imageTag": ""}, "imageTag"),
        ({"imageTag": "latest"}, "imageRepositoryPrefix"),
        ({"imageRepositoryPrefix": ""}, "imageRepositoryPrefix"),
        ({"secretsExtensionLayerArn": LAYER}, "secretsExtensionLayerArn"),
    ],
)
def test_settings_that_do_not_go_together_are_refused_by_their_key(changes: dict[str, Any], key: str) -> None:
    with pytest.raises(SettingError, match=f"setting gatehouse:{key} "):
        deploy(read_settings, settings=settings(**changes))
