"""How long tokens of an app client live."""

from collections.abc import Iterator, Mapping
from typing import Final, cast

from guardrails.cognito.flows import API, APP_CLIENT, APP_CLIENTS
from guardrails.demands import demand, demand_of, is_positive
from guardrails.properties import Known, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Level, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.settings import Setting, Settings

_SECONDS: Final[Mapping[str, int]] = {"seconds": 1, "minutes": 60, "hours": 3_600, "days": 86_400}

ACCESS_MINUTES: Final = Setting(
    name="access_token_minutes",
    schema={"type": "number", "minimum": 5, "maximum": 1440},
    default=60,
    meaning="How long access tokens and ID tokens may live, in minutes; Cognito offers 5 minutes to a day.",
)
REFRESH_DAYS: Final = Setting(
    name="refresh_token_days",
    schema={"type": "number", "minimum": 1, "maximum": 3650},
    default=30,
    meaning="How long refresh tokens may live, in days; Cognito's own default is 30.",
)


def check(client: Resource, settings: Settings) -> Iterator[Finding]:
    """Compare the three lifetimes, each in its unit, with the settings; a missing one is Cognito's default."""
    minutes = settings.number("access_token_minutes")
    days = settings.number("refresh_token_days")
    for token in ("access", "id"):
        yield from _lifetime(client, token, at_most=minutes * 60, unit="hours", default=3_600)
    yield from _lifetime(client, "refresh", at_most=days * 86_400, unit="days", default=30 * 86_400)


def _lifetime(client: Resource, token: str, *, at_most: float, unit: str, default: float) -> Iterator[Finding]:
    name = f"{token}TokenValidity"
    unit_path = f"tokenValidityUnits.{token}Token"
    too_long = f"{name} is longer than the policy allows ({at_most / 60:g} minutes)."
    match client.read(name):
        case Missing():
            if default > at_most:
                yield Violation(resource=client, problem=f"{name} is missing, and Cognito's default is too long.")
            return
        case Unknown():
            yield Undecided(resource=client, properties=(name,))
        case Known(value=int() | float() as number) if is_positive(number):
            match client.read(*unit_path.split(".")):
                case Known(value=str(named)) if named in _SECONDS:
                    seconds = _SECONDS[named]
                case Missing():
                    seconds = _SECONDS[unit]
                case reading:
                    yield from demand_of(
                        client, unit_path, reading, lambda _: False, otherwise=f"{unit_path} is no unit of time."
                    )
                    return
            if cast("float", number) * seconds > at_most:
                yield Violation(resource=client, problem=too_long)
        case _:
            yield Violation(resource=client, problem=f"{name} is not a number above zero.")


def _check_existence(client: Resource, _settings: Settings) -> Iterator[Finding]:
    yield from demand(
        client,
        "preventUserExistenceErrors",
        lambda value: value == "ENABLED",
        otherwise="preventUserExistenceErrors is not ENABLED, so that a sign-in tells whether a user exists.",
        missing="preventUserExistenceErrors is missing, and LEGACY is Cognito's default.",
    )


LIFETIME_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="cognito-user-pool-client-token-lifetime",
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        description="Tokens of an app client live for an hour at most, refresh tokens for 30 days.",
        remediation=(
            "Shorten accessTokenValidity, idTokenValidity and refreshTokenValidity, each with its unit in "
            "tokenValidityUnits."
        ),
        judged=(
            f"`{APP_CLIENT}`, by its inputs: `accessTokenValidity` and `idTokenValidity` in their unit (hours where "
            "`tokenValidityUnits` has none) against `access_token_minutes`, `refreshTokenValidity` (days) against "
            "`refresh_token_days`. A lifetime that is left out is Cognito's default: an hour, or 30 days. A number "
            "without a known unit is not guessed at."
        ),
        why=(
            "An access token works until it expires: an API that verifies signatures asks nobody whether it was "
            "revoked. A stolen one is worth as long as it lives. Advisory, because some days of an internal tool are "
            "a choice."
        ),
        sources=(API, "https://www.rfc-editor.org/rfc/rfc9700#section-2.2.1"),
    ),
    types=APP_CLIENTS,
    check=check,
    settings=(ACCESS_MINUTES, REFRESH_DAYS),
)

EXISTENCE_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="cognito-user-pool-client-no-user-existence-errors",
        severity=Severity.LOW,
        level=Level.ADVISORY,
        description="A failed sign-in does not tell whether the user exists.",
        remediation="Set preventUserExistenceErrors to ENABLED.",
        judged=f"`{APP_CLIENT}`, by its inputs: `preventUserExistenceErrors` is `ENABLED`. Absent means `LEGACY`.",
        why=(
            "With `LEGACY`, Cognito answers UserNotFoundException, and a list of addresses can be sorted into "
            "customers and others. Advisory: a name alone opens nothing."
        ),
        sources=(API,),
    ),
    types=APP_CLIENTS,
    check=_check_existence,
)
