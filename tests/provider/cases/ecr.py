"""Container registries."""

import json
from typing import Any

from tests.provider.cases.case import Case, Refusal, World
from tests.provider.driver import Known


def lifecycle_policy(**selection: Any) -> str:
    rule = {
        "rulePriority": 1,
        "description": "Keep the latest images",
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 20, **selection},
        "action": {"type": "expire"},
    }
    return json.dumps({"rules": [rule]})


def repository(world: World) -> Known:
    return world.need("aws:ecr/repository:Repository", {"name": f"{world.name}-needed"})


def _drift_repository(world: World, known: Known) -> str:
    world.clients.client("ecr").put_image_tag_mutability(repositoryName=known.id, imageTagMutability="MUTABLE")
    return "imageTagMutability"


CASES = (
    Case(
        token="aws:ecr/repository:Repository",
        base=lambda world: {
            "name": world.name,
            "imageTagMutability": "IMMUTABLE",
            "imageScanningConfiguration": {"scanOnPush": True},
        },
        changes={
            "forceDelete": True,
            "imageScanningConfiguration": {"scanOnPush": False},
            "imageTagMutability": "MUTABLE",
            "tags": {"Team": "platform"},
        },
        replaces={
            "encryptionConfigurations": [{"encryptionType": "KMS"}],
            "name": "another",
            "region": "eu-west-1",
        },
        untested={"imageTagMutabilityExclusionFilters": "refused: the emulator does not keep it"},
        absent=frozenset({"forceDelete", "imageTagMutabilityExclusionFilters"}),
        drift=_drift_repository,
        not_imported=frozenset({"imageScanningConfiguration"}),
        remove=lambda world, known: world.clients.client("ecr").delete_repository(repositoryName=known.id),
        refused=(
            Refusal(change={"imageTagMutability": "FROZEN"}, message="imageTagMutability: 'FROZEN' is not one of"),
            Refusal(change={"name": "Not A Name"}, message="name: "),
            Refusal(
                change={"encryptionConfigurations": [{"encryptionType": "ROT13"}]},
                message="encryptionType: 'ROT13' is not one of",
            ),
        ),
    ),
    Case(
        token="aws:ecr/lifecyclePolicy:LifecyclePolicy",
        base=lambda world: {"repository": repository(world).id, "policy": lifecycle_policy()},
        replaces={
            "policy": lifecycle_policy(countNumber=5),
            "repository": "another",
            "region": "eu-west-1",
        },
        remove=lambda world, known: world.clients.client("ecr").delete_lifecycle_policy(repositoryName=known.id),
        refused=(
            Refusal(change={"policy": "{"}, message="policy: is not valid JSON"),
            Refusal(change={"policy": '{"rules": []}'}, message="policy: has no rules"),
            Refusal(
                change={"policy": lifecycle_policy(tagStatus="tagged")},
                message="policy: rules[0].selection: tagPrefixList or tagPatternList belongs to tagStatus tagged",
            ),
            Refusal(
                change={"policy": lifecycle_policy(countType="weeks")},
                message="policy: rules[0].selection.countType must be",
            ),
        ),
    ),
)
