"""Prints the table of all mutations, or of the rules that are named; fails where a rule or a fixture is wrong."""

import sys

from tests.policy.fixtures.catalogue import fixtures_in_order
from tests.policy.mutations.outcomes import ERRORS, mutations
from tests.policy.mutations.table import lines


def main(names: list[str]) -> int:
    """Return 1 where there is an error."""
    fixtures = [fixture for fixture in fixtures_in_order() if not names or fixture.rule.metadata.name in names]
    if not fixtures:
        sys.exit(f"No rule is called {' or '.join(names)}; docs/policies/README.md lists them.")
    found = [mutation for fixture in fixtures for mutation in mutations(fixture)]
    print(*lines(found), sep="\n")  # noqa: T201  # the command's output
    return int(any(mutation.outcome in ERRORS for mutation in found))


sys.exit(main(sys.argv[1:]))
