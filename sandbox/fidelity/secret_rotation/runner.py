"""Carries out rotations in the background, as Secrets Manager does: the function is called once per step.

Runs as tasks of the event loop that serves requests, so that nothing else changes a secret at the same time; only the
function itself runs elsewhere. Deliberately no schedule: the rules are stored and shown, and nothing rotates by itself.
"""

import asyncio
import contextvars
import logging
import time
from typing import Any

from sandbox.fidelity.changes import state_changed
from sandbox.fidelity.emulator import emulator_module, mapping
from sandbox.fidelity.secret_rotation.state import (
    PENDING,
    Rotation,
    RotationState,
    Step,
    is_current,
    pending_version,
)

logger = logging.getLogger("gatehouse.rotation")

secretsmanager = emulator_module("services.secretsmanager")
lambda_service = emulator_module("services.lambda_svc")
concurrency = emulator_module("core.concurrency")

# "If any rotation step fails, Secrets Manager retries the entire rotation process multiple times"
# (rotate-secrets_lambda-functions.html); AWS spreads that over hours.
ATTEMPTS = 3
SECONDS_BETWEEN_ATTEMPTS = 1.0


class StepFailedError(Exception):
    """The function answered a step with an error, or left the labels where they must not be."""


class RotationRunner:
    """The rotations of this process: the latest one of each secret."""

    def __init__(self) -> None:
        self._rotations: dict[str, Rotation] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def documents(self) -> list[dict[str, Any]]:
        """For `GET /_gatehouse/rotations`."""
        return [rotation.document() for rotation in self._rotations.values()]

    def is_running(self, secret_arn: str) -> bool:
        """Whether a rotation of the secret is under way."""
        task = self._tasks.get(secret_arn)
        return task is not None and not task.done()

    def start(self, rotation: Rotation) -> None:
        """Begins the rotation; to be called on the event loop, when none of that secret is under way."""
        self._rotations[rotation.secret_arn] = rotation
        # Its own context: the caller's request must not be the current one of what runs after it.
        task = asyncio.get_running_loop().create_task(self._run(rotation), context=contextvars.Context())
        self._tasks[rotation.secret_arn] = task

    def cancel(self, secret_arn: str) -> None:
        """Stops calling the function; a step that runs comes to its end."""
        if self.is_running(secret_arn):
            self._tasks[secret_arn].cancel()
            self._rotations[secret_arn].state = RotationState.CANCELLED

    def resume(self) -> None:
        """Takes up rotations that the last process was stopped in; to be called on the event loop."""
        for secret in secretsmanager._secrets._data.values():
            version_id = pending_version(secret)
            if version_id and secret.get("RotationEnabled") and not self.is_running(secret["ARN"]):
                logger.info("taking up the rotation of %s", secret["Name"])
                self.start(Rotation(secret_arn=secret["ARN"], version_id=version_id))

    async def _run(self, rotation: Rotation) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            rotation.attempt = attempt
            try:
                await self._attempt(rotation)
            except StepFailedError as error:
                rotation.error = str(error)
                logger.warning("rotation of %s, attempt %d: %s", rotation.secret_arn, attempt, error)
            except Exception as error:
                rotation.error = f"{type(error).__name__}: {error}"
                logger.exception("rotation of %s, attempt %d", rotation.secret_arn, attempt)
            else:
                rotation.state, rotation.step, rotation.error = RotationState.SUCCEEDED, "", None
                logger.info("rotated %s", rotation.secret_arn)
                state_changed()
                return
            if attempt < ATTEMPTS:
                await asyncio.sleep(SECONDS_BETWEEN_ATTEMPTS)
        rotation.state = RotationState.FAILED
        state_changed()

    async def _attempt(self, rotation: Rotation) -> None:
        for step in rotation.steps:
            rotation.step = step.value
            secret = find_secret(rotation.secret_arn)
            if secret is None:
                raise StepFailedError("the secret is gone")
            await self._call(secret["RotationLambdaARN"], rotation, step)
        secret = find_secret(rotation.secret_arn)
        if secret is None:
            raise StepFailedError("the secret is gone")
        if Step.FINISH not in rotation.steps:
            # Only a test of the configuration: its version goes again.
            secret["Versions"].pop(rotation.version_id, None)
            return
        if not is_current(secret, rotation.version_id):
            raise StepFailedError("finishSecret did not move AWSCURRENT to the new version")
        secret["LastRotatedDate"] = secret["LastChangedDate"] = int(time.time())

    async def _call(self, function_arn: str, rotation: Rotation, step: Step) -> None:
        record, configuration = find_function(function_arn)
        if record is None or configuration is None:
            raise StepFailedError(f"{step}: there is no function {function_arn}")
        event = {"Step": step.value, "SecretId": rotation.secret_arn, "ClientRequestToken": rotation.version_id}
        execution = lambda_service._execution_record_for_config(record, configuration)
        result = await concurrency.run_reentrant(
            lambda_service._execute_function_with_config_scope, execution, event, thread_name="gatehouse-rotation"
        )
        if result.get("error"):
            said = mapping(result.get("body"))
            raise StepFailedError(f"{step}: {said.get('errorType')}: {said.get('errorMessage')}")


def find_secret(secret_arn: str) -> dict[str, Any] | None:
    """The secret with exactly this ARN, in whatever account and region it is; `None` when it was deleted."""
    for secret in secretsmanager._secrets._data.values():
        if secret["ARN"] == secret_arn:
            return secret
    return None


def find_function(function_arn: str) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """The function's record and the configuration of the version or alias that the ARN names."""
    match function_arn.split(":"):
        case ["arn", _, "lambda", region, account_id, "function", *_]:
            record, configuration, _ = lambda_service._get_func_record_for_ref_in_scope(
                function_arn, account_id=account_id, region=region
            )
            return record, configuration
        case _:
            return None, None


def add_pending_version(secret: dict[str, Any], version_id: str, value: dict[str, Any] | None = None) -> None:
    """Adds the version that the rotation is to fill, empty unless `value` is given, and moves AWSPENDING to it."""
    secretsmanager._remove_stage_everywhere(secret, PENDING)
    content = value or {"SecretString": None, "SecretBinary": None}
    secret["Versions"][version_id] = {**content, "CreatedDate": int(time.time()), "Stages": [PENDING]}
