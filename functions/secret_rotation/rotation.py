"""The four steps of a rotation, each safe to repeat, as Secrets Manager calls them one after the other.

    createSecret    make a value and store it as the version AWSPENDING, unless an earlier attempt has
    setSecret       nothing: no other system holds these secrets, or it made the value itself (Cognito)
    testSecret      show that the pending version works for its readers
    finishSecret    move AWSCURRENT to it; Secrets Manager then moves AWSPREVIOUS to what was current

https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
The value goes from where it is made to Secrets Manager and nowhere else.
"""

from __future__ import annotations

from aws_calls.errors import Refused
from secret_store.secret_source import SecretVersion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aws_calls.own_role import Call
    from secret_rotation.kinds import SecretKind


NO_SUCH_VERSION = "ResourceNotFoundException"


class RotationError(Exception):
    """The request does not fit the secret's state; nothing was changed."""


class Rotation:
    """Rotates one version of one secret; `call` makes the calls of Secrets Manager."""

    def __init__(self, *, call: Call, kind: SecretKind, secret_id: str, version_id: str) -> None:
        """Take what to rotate; `version_id` is the request's `ClientRequestToken`."""
        self._call = call
        self._kind = kind
        self._secret_id = secret_id
        self._version_id = version_id

    def run(self, step: str) -> str:
        """Run `step` and return what it did, for the log.

        Raises:
            RotationError: rotation is off, the step is unknown, or the version is not the pending one.
        """
        steps = {
            "createSecret": self._create,
            "setSecret": self._set,
            "testSecret": self._test,
            "finishSecret": self._finish,
        }
        if step not in steps:
            raise RotationError(f"step {step!r} is none of {', '.join(steps)}")
        stages = self._stages()
        if "AWSCURRENT" in stages.get(self._version_id, ()):
            return "nothing: the version is current already"
        return steps[step](stages)

    def _stages(self) -> dict[str, list[str]]:
        """Return the stages of every version, after checking that this version is to be rotated in."""
        description = self._call("DescribeSecret", {"SecretId": self._secret_id})
        if not description.get("RotationEnabled"):
            raise RotationError(f"rotation of {self._secret_id} is not enabled")
        stages: dict[str, list[str]] = description.get("VersionIdsToStages", {})
        if self._version_id not in stages:
            raise RotationError(f"{self._secret_id} has no version {self._version_id}")
        if not {"AWSCURRENT", "AWSPENDING"} & set(stages[self._version_id]):
            raise RotationError(f"version {self._version_id} of {self._secret_id} is not AWSPENDING")
        return stages

    def _create(self, _stages: dict[str, list[str]]) -> str:
        try:
            self._pending()
        except Refused as error:
            if error.code != NO_SUCH_VERSION:
                raise
        else:
            return "nothing: the version has a value already"
        value = {
            "SecretId": self._secret_id,
            "ClientRequestToken": self._version_id,
            "SecretString": self._kind.make(self._current),
            "VersionStages": ["AWSPENDING"],
        }
        self._call("PutSecretValue", value)
        return "created a value"

    def _set(self, _stages: dict[str, list[str]]) -> str:
        return "nothing: no other system holds the value"

    def _test(self, _stages: dict[str, list[str]]) -> str:
        self._kind.test(self._pending())
        return "the value works"

    def _finish(self, stages: dict[str, list[str]]) -> str:
        current = next((version for version, labels in stages.items() if "AWSCURRENT" in labels), None)
        move: dict[str, Any] = {
            "SecretId": self._secret_id,
            "VersionStage": "AWSCURRENT",
            "MoveToVersionId": self._version_id,
        }
        if current is not None:
            move["RemoveFromVersionId"] = current
        self._call("UpdateSecretVersionStage", move)
        self._call(
            "UpdateSecretVersionStage",
            {"SecretId": self._secret_id, "VersionStage": "AWSPENDING", "RemoveFromVersionId": self._version_id},
        )
        return "the version is current"

    def _current(self) -> SecretVersion | None:
        try:
            answer = self._call("GetSecretValue", {"SecretId": self._secret_id, "VersionStage": "AWSCURRENT"})
        except Refused as error:
            if error.code != NO_SUCH_VERSION:
                raise
            return None
        return SecretVersion(version_id=answer["VersionId"], value=answer["SecretString"])

    def _pending(self) -> SecretVersion:
        answer = self._call(
            "GetSecretValue",
            {"SecretId": self._secret_id, "VersionId": self._version_id, "VersionStage": "AWSPENDING"},
        )
        return SecretVersion(version_id=self._version_id, value=answer["SecretString"])
