"""What is known of a secret's rotation: which version is pending, and how the latest attempt went. Pure."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

CURRENT = "AWSCURRENT"
PENDING = "AWSPENDING"


class Step(StrEnum):
    """The calls of one rotation, in order (rotate-secrets_lambda-functions.html)."""

    CREATE = "createSecret"
    SET = "setSecret"
    TEST = "testSecret"
    FINISH = "finishSecret"


class RotationState(StrEnum):
    """How the latest rotation of a secret stands."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(kw_only=True)
class Rotation:
    """One rotation of one secret. `error` is what the function answered, in one line."""

    secret_arn: str
    version_id: str
    steps: tuple[Step, ...] = tuple(Step)
    state: RotationState = RotationState.RUNNING
    step: str = ""
    attempt: int = 0
    error: str | None = None
    started_at: float = field(default_factory=time.time)

    def document(self) -> dict[str, Any]:
        """For `GET /_gatehouse/rotations`."""
        return {
            "secret": self.secret_arn,
            "version": self.version_id,
            "state": self.state.value,
            "step": self.step,
            "attempt": self.attempt,
            "error": self.error,
        }


def pending_version(secret: Mapping[str, Any]) -> str | None:
    """The version of a rotation that is not complete: it has AWSPENDING and not AWSCURRENT."""
    for version_id, version in secret["Versions"].items():
        if PENDING in version["Stages"] and CURRENT not in version["Stages"]:
            return version_id
    return None


def is_current(secret: Mapping[str, Any], version_id: str) -> bool:
    """Whether the version is the one that signs."""
    return CURRENT in secret["Versions"].get(version_id, {"Stages": []})["Stages"]
