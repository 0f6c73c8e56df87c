"""How the tests are shared out among the processes of pytest-xdist, so that none of them is the last to work alone.

A share is a module, or a folder whose tests look at the same processes: what fixtures start is then started once. It is
told by the path alone, not by marks of xdist: xdist 3.8 puts a mark's name behind a test's id, where pytest 9.2 no
longer looks, so that tests with the mark `xdist_group` are handed out one by one, without a word
(https://github.com/pytest-dev/pytest-xdist/issues/1386).
"""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

STARTED_FIRST = (
    "tests/system/test_faults.py",
    "tests/system/",
    "tests/fidelity/",
    "tests/provider/test_every_resource_type.py",
    "tests/engine/test_real_engine.py",
    "tests/components/test_deployed.py",
    "tests/policy/test_enforcement.py",
    "tests/engine/",
    "tests/provider/",
    "tests/examples/",
    "tests/server/",
    "tests/gateway/",
    "tests/edge/",
    "tests/cli/",
    "tests/spire/",
    "tests/policy/",
)
"""Beginnings of paths, the longest first. What waits for processes comes before what only computes and fills gaps."""

TOGETHER = ("tests/fidelity/", "tests/gateway/", "tests/edge/", "tests/cli/", "tests/spire/", "tests/delivery/")
"""Folders that are one share each."""

SYSTEM = tuple(
    f"tests/system/test_{name}.py"
    for name in (
        "commands",
        "partner_api_failures",
        "partner_attacks",
        "partner_page",
        "policy_report",
        "real_spire",
        "rotation",
        "secrets",
        "tenant_api",
        "tenant_api_failures",
        "workload_api",
    )
)
"""The modules that look at one deployed checkout; those that break theirs have one of their own."""


def rank(nodeid: str) -> int:
    """The place of a test in the order of `STARTED_FIRST`; the rest comes last, in its own order."""
    found = (place for place, beginning in enumerate(STARTED_FIRST) if nodeid.startswith(beginning))
    return next(found, len(STARTED_FIRST))


def share(nodeid: str) -> str:
    """The share that a test belongs to."""
    module = nodeid.partition("::")[0]
    if module in SYSTEM:
        return "tests/system/"
    return next((folder for folder in TOGETHER if module.startswith(folder)), module)


class Shares(LoadScopeScheduling):
    """Hands out shares in the order of collection."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        super().__init__(config, log)
        # xdist's own order is by the number of tests, which says nothing about how long they take.
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return share(nodeid)
