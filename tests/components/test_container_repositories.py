"""`ContainerRepositories`, and the program in stacks/ecr that deploys it."""

import functools
import json
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.container_repositories import ContainerRepositoriesArgs
from components.errors import ArgumentError
from tests.components.samples import container_repositories
from tests.components.whole_program import program_with
from tests.support.mocks import Stack, deploy

PROGRAM = Path(__file__).resolve().parents[2] / "stacks" / "ecr"
REPOSITORY, POLICY = "aws:ecr/repository:Repository", "aws:ecr/lifecyclePolicy:LifecyclePolicy"


@functools.cache
def deployed(**changes: Any) -> Stack:
    return deploy(lambda: container_repositories(**changes))


def test_every_function_has_a_repository_whose_tags_never_move_and_whose_images_are_scanned() -> None:
    found = deployed().of_type(REPOSITORY)

    assert sorted(each.inputs["name"] for each in found) == ["gatehouse/apigw-invoker", "gatehouse/hello-world"]
    for each in found:
        assert each.inputs["imageTagMutability"] == "IMMUTABLE"
        assert each.inputs["imageScanningConfiguration"] == {"scanOnPush": True}
        assert each.inputs["encryptionConfigurations"] == [{"encryptionType": "AES256"}]
        assert each.inputs["forceDelete"] is False


def test_images_are_encrypted_with_the_key_that_is_given() -> None:
    key = "arn:aws:kms:ap-southeast-3:111122223333:key/0f8fad5b-d9cb-469f-a165-70867728950e"

    for each in deployed(kms_key_arn=key).of_type(REPOSITORY):
        assert each.inputs["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": key}]


def test_what_has_no_tag_goes_and_the_newest_images_stay() -> None:
    policies = deployed(kept_images=5).of_type(POLICY)

    assert {each.inputs["repository"] for each in policies} == {"gatehouse/apigw-invoker", "gatehouse/hello-world"}
    for each in policies:
        untagged, others = json.loads(each.inputs["policy"])["rules"]
        assert untagged["selection"]["tagStatus"] == "untagged"
        assert (others["selection"]["countType"], others["selection"]["countNumber"]) == ("imageCountMoreThan", 5)
        assert untagged["rulePriority"] < others["rulePriority"]


def test_the_prefix_is_what_stands_before_the_functions_names() -> None:
    (component,) = deployed().of_type("gatehouse:index:ContainerRepositories")

    assert component.outputs["repository_prefix"] == "111122223333.dkr.ecr.ap-southeast-3.amazonaws.com/gatehouse"
    assert component.outputs["repository_urls"]["hello-world"].endswith("/gatehouse/hello-world")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"function_names": []}, "is empty"),
        ({"function_names": ["no-end-"]}, "cannot be the name of a repository"),
        ({"function_names": ["Hello", "hello"]}, "two functions' repository"),
        ({"namespace": "Gatehouse"}, "cannot be the name of a repository"),
        ({"kept_images": 0}, "keep 1 to 1000"),
    ],
)
def test_what_ecr_would_refuse_is_refused_before(wrong: dict[str, Any], message: str) -> None:
    args: dict[str, Any] = {"function_names": ["hello"], **wrong}
    with pytest.raises(ArgumentError, match=message):
        ContainerRepositoriesArgs(**args)


def test_the_program_deploys_the_repositories_of_the_sandbox_stack_by_default() -> None:
    declared = yaml.safe_load((PROGRAM / "Pulumi.yaml").read_text())["config"]
    defaults = {key: declaration["default"] for key, declaration in declared.items()}

    def program() -> None:
        runpy.run_path(str(PROGRAM / "__main__.py"))

    # The program's own configuration namespace is its project's name, which the mocks set to the main program's.
    ours = {key.replace("gatehouse-ecr:", "gatehouse:"): value for key, value in defaults.items()}
    repositories = deploy(program, settings=ours).of_type(REPOSITORY)
    functions = program_with().of_type("aws:lambda/function:Function")

    assert {each.inputs["name"] for each in repositories} == {f"gatehouse/{each.inputs['name']}" for each in functions}
