"""What the tour and tokens are for: the systems of Gatehouse's own program, and the example that is one of its own."""

import importlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sandbox.commands import looking
from sandbox.commands.looking import SYSTEMS, deployed_caller
from sandbox.commands.project import Project
from sandbox.errors import SandboxError


def session(project: Project, outputs: dict[str, Any]) -> Any:
    return cast("Any", SimpleNamespace(project=project, outputs=outputs, endpoints=None))


@pytest.mark.parametrize("api", ["mine", "orders-api"])
def test_of_programs_elsewhere_the_example_alone_has_a_tour_and_tokens(
    api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = session(Project(root=Path("/programs/mine"), checkout=Path("/gatehouse")), {"url": "http://mine"})
    monkeypatch.setattr(looking, "live_apis", lambda endpoints: {api: {}})
    if api == "orders-api":
        assert deployed_caller(elsewhere).outputs == {"apis": {"orders-api": {}}}
    else:
        with pytest.raises(SandboxError, match=r"examples/orders_api .* leave PROGRAM out"):
            deployed_caller(elsewhere)


def test_a_stack_without_an_api_has_neither() -> None:
    with pytest.raises(SandboxError, match="deploy with `make up`"):
        deployed_caller(session(Project(root=Path("/gatehouse")), {"apis": {}}))


@pytest.mark.parametrize("system", sorted(SYSTEMS))
def test_each_system_has_a_tour_of_its_api_and_a_token_for_it(system: str) -> None:
    tour = importlib.import_module(f"sandbox.tour.{system}")
    assert callable(tour.checks)
    assert callable(tour.token)
    assert SYSTEMS[system] == tour.API


def test_who_asks_for_the_examples_system_without_its_program_is_told_to_name_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(looking, "attach", lambda project: session(project, {"apis": {"hello-api": {}}}))
    with pytest.raises(SandboxError, match="add PROGRAM=examples/orders_api"):
        looking.tour(Project(root=Path("/gatehouse")), "orders")
