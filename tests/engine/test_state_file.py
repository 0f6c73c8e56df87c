"""What is read of the engine's state file, and which files are left to the engine; that it is what the engine prints is
tested on everything that is deployed (tests/system/test_policy_report.py).
"""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.engine.state_file import SIGNATURE, STACK_TYPE, exported, plain_outputs


def state(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"manifest": {"version": "v3"}, "resources": list(resources)}


STACK = {"type": STACK_TYPE, "urn": "urn:stack", "outputs": {"name": "found", "rows": [1, None]}}
BUCKET = {"type": "aws:s3/bucket:Bucket", "urn": "urn:bucket", "parent": "urn:stack", "outputs": {"name": "bucket"}}


def test_the_latest_checkpoint_is_the_deployment(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.json"
    file.write_text(json.dumps({"version": 3, "checkpoint": {"stack": "sandbox", "latest": state(STACK)}}))

    assert exported(file) == {"version": 3, "deployment": state(STACK)}


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        '{"version": 3, "checkp',
        "[]",
        json.dumps({"version": 4, "checkpoint": {"latest": state(STACK)}}),
        json.dumps({"version": 3, "checkpoint": {"stack": "sandbox"}}),
        json.dumps({"version": 3, "checkpoint": {"latest": None}}),
        json.dumps({"version": 3, "checkpoint": []}),
        json.dumps({"version": 3, "latest": state(STACK)}),
    ],
)
def test_another_form_is_left_to_the_engine(content: str | None, tmp_path: Path) -> None:
    file = tmp_path / "sandbox.json"
    if content is not None:
        file.write_text(content)

    assert exported(file) is None


@pytest.mark.parametrize(
    ("resources", "outputs"),
    [
        ((BUCKET, STACK), STACK["outputs"]),
        ((), {}),
        ((BUCKET,), {}),
        (({"type": STACK_TYPE, "urn": "urn:stack"},), {}),
        # A stack that refers to another one has a resource of the same type.
        (({**STACK, "parent": "urn:stack", "outputs": {"name": "another"}}, STACK), STACK["outputs"]),
    ],
)
def test_outputs_are_those_of_the_stack_itself(resources: tuple[dict[str, Any], ...], outputs: dict[str, Any]) -> None:
    assert plain_outputs(state(*resources)) == outputs
    assert plain_outputs({"manifest": {}}) == {}


@pytest.mark.parametrize("value", [{SIGNATURE: "1b47", "ciphertext": "v1:x"}, ["a", {"b": {SIGNATURE: "c44067"}}]])
def test_outputs_that_are_not_shown_as_they_are_kept_are_left_to_the_engine(value: Any) -> None:
    assert plain_outputs(state({**STACK, "outputs": {"name": "found", "value": value}})) is None
