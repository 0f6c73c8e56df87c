"""Why a fixture says that a change passes."""

from fnmatch import fnmatchcase

from guardrails.rules import Rule
from tests.policy.fixtures.fixture import Fixture
from tests.policy.mutations.changes import Place

Words = tuple[str, str, str]
"""A pattern for a resource's name, a pattern for a property, and the name of a change: one part of `may_pass`."""


class Explanations:
    """The fixture's `may_pass`, and which of its words were needed."""

    def __init__(self, fixture: Fixture) -> None:
        self._fixture = fixture
        self._used: set[Words] = set()

    def reason(self, resource: str, place: Place, change: str) -> str | None:
        """The reason, or `None` where nothing explains the change."""
        if change == "marked as a secret" and not _is_about_secrets(self._fixture.rule):
            return "the same value"
        for (resources, properties), reasons in self._fixture.may_pass.items():
            if not fnmatchcase(resource, resources) or not fnmatchcase(str(place), properties):
                continue
            for names, reason in reasons.items():
                for name in names.split(","):
                    if name.strip() in (change, "*"):
                        self._used.add((resources, properties, name.strip()))
                        return reason
        return None

    def needless(self) -> list[Words]:
        """What nothing needed."""
        every = {
            (resources, properties, name.strip())
            for (resources, properties), reasons in self._fixture.may_pass.items()
            for names in reasons
            for name in names.split(",")
        }
        return sorted(every - self._used)


def _is_about_secrets(rule: Rule) -> bool:
    return rule.check.__module__.startswith("guardrails.secrets")
