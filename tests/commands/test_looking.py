"""What the tour and tokens are for: the systems of Gatehouse's own program."""

import importlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sandbox.commands.looking import SYSTEMS, deployed_caller
from sandbox.commands.project import Project
from sandbox.errors import SandboxError


def session(project: Project, outputs: dict[str, Any]) -> Any:
    return cast("Any", SimpleNamespace(project=project, outputs=outputs, endpoints=None))


def test_a_program_elsewhere_has_no_tour_and_no_tokens() -> None:
    elsewhere = Project(root=Path("/programs/mine"), checkout=Path("/gatehouse"))
    with pytest.raises(SandboxError, match="leave PROGRAM out"):
        deployed_caller(session(elsewhere, {"apis": {"mine": {}}}))


def test_a_stack_without_an_api_has_neither() -> None:
    with pytest.raises(SandboxError, match="deploy with `make up`"):
        deployed_caller(session(Project(root=Path("/gatehouse")), {"apis": {}}))


@pytest.mark.parametrize("system", sorted(SYSTEMS))
def test_each_system_has_a_tour_of_its_api_and_a_token_for_it(system: str) -> None:
    tour = importlib.import_module(f"sandbox.tour.{system}")
    assert callable(tour.checks)
    assert callable(tour.token)
    assert SYSTEMS[system] == tour.API
