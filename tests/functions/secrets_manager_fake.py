"""The calls of Secrets Manager that a rotation function makes, with the staging rules that AWS documents."""

import json
from collections.abc import Mapping
from typing import Any

from aws_calls.errors import Refused
from secret_store.secret_source import SecretVersion
from tests.functions.aws_model import check_parameters
from tests.functions.support import SECRET_ARN

FIRST = "0f8fad5b-d9cb-469f-a165-70867728950e"


class SecretsManager:
    """One secret, called as `aws_calls.json_apis` calls the real one. `calls` has what was changed."""

    def __init__(self, *, value: str = "{}", rotation_enabled: bool = True) -> None:
        self.rotation_enabled = rotation_enabled
        self.values: dict[str, str] = {FIRST: value}
        self.stages: dict[str, list[str]] = {FIRST: ["AWSCURRENT"]}
        self.calls: list[str] = []
        self.refuses: dict[str, str] = {}
        """By operation, the code of the error that it ends with."""
        self._operations = {
            "DescribeSecret": self._describe,
            "GetSecretValue": self._get,
            "PutSecretValue": self._put,
            "UpdateSecretVersionStage": self._move,
        }

    def __call__(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        check_parameters("secretsmanager", operation, parameters)
        given = json.loads(json.dumps(parameters))
        assert given["SecretId"] == SECRET_ARN
        if operation in self.refuses:
            raise Refused(operation, self.refuses[operation])
        return self._operations[operation](given)

    def start_rotation(self, version_id: str) -> None:
        """What RotateSecret does before the first step."""
        self.stages[version_id] = ["AWSPENDING"]

    def current(self) -> SecretVersion:
        [version] = [version for version, stages in self.stages.items() if "AWSCURRENT" in stages]
        return SecretVersion(version_id=version, value=self.values[version])

    def _describe(self, _given: dict[str, Any]) -> dict[str, Any]:
        description: dict[str, Any] = {
            "ARN": SECRET_ARN,
            "VersionIdsToStages": {version: list(stages) for version, stages in self.stages.items()},
        }
        return {**description, "RotationEnabled": True} if self.rotation_enabled else description

    def _get(self, given: dict[str, Any]) -> dict[str, Any]:
        stage = given["VersionStage"]
        found = given.get("VersionId") or next((each for each, stages in self.stages.items() if stage in stages), "")
        if found not in self.values or stage not in self.stages.get(found, []):
            raise Refused("GetSecretValue", "ResourceNotFoundException")
        return {"VersionId": found, "SecretString": self.values[found]}

    def _put(self, given: dict[str, Any]) -> dict[str, Any]:
        version_id = given["ClientRequestToken"]
        assert given["VersionStages"] == ["AWSPENDING"]
        assert version_id not in self.values, "a version's value cannot be changed"
        self.calls.append("PutSecretValue")
        self.values[version_id] = given["SecretString"]
        return {}

    def _move(self, given: dict[str, Any]) -> dict[str, Any]:
        stage, target = given["VersionStage"], given.get("MoveToVersionId")
        self.calls.append(f"move {stage}")
        holder = next((version for version, stages in self.stages.items() if stage in stages), None)
        assert given.get("RemoveFromVersionId") == holder, "the label must be removed from the version that has it"
        if holder is not None:
            self.stages[holder].remove(stage)
        if target is not None:
            self.stages[target].append(stage)
        if stage == "AWSCURRENT" and holder is not None:
            for stages in self.stages.values():
                if "AWSPREVIOUS" in stages:
                    stages.remove("AWSPREVIOUS")
            self.stages[holder].append("AWSPREVIOUS")
        return {}
