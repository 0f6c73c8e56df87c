"""All rules of the pack, in the order in which they are documented."""

from typing import Final

from guardrails import (
    authorization,
    cognito,
    data,
    least_privilege,
    limits,
    logs,
    runtimes,
    secrets,
    transport,
    waf,
)
from guardrails.rules import Rule
from guardrails.secrets.formats import detectors

ALL_RULES: Final[tuple[Rule, ...]] = (
    *authorization.RULES,
    *secrets.RULES,
    *transport.RULES,
    *data.RULES,
    *least_privilege.RULES,
    *logs.RULES,
    *limits.RULES,
    *runtimes.RULES,
    *cognito.RULES,
    *waf.RULES,
)


def prepare() -> None:
    """Load what rules load when they first need it."""
    detectors()
