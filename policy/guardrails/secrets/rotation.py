"""Every secret rotates: a schedule of the same stack names it, and says how often.

Matched by ids where they are known, and in the preview of new resources by what the ids come from. A secret that
another service owns (a database's master password) is rotated by that service and is no resource of a program.
"""

from collections.abc import Iterator
from typing import Final

from guardrails.companions import Companions
from guardrails.properties import Known, Missing, Unknown
from guardrails.resources import Resource, Stack
from guardrails.rules import Finding, Metadata, Severity, StackRule, Undecided, Violation
from guardrails.settings import Setting, Settings

SECRET: Final = "aws:secretsmanager/secret:Secret"  # noqa: S105  # a type
ROTATION: Final = "aws:secretsmanager/secretRotation:SecretRotation"

LONGEST: Final = Setting(
    name="longest_rotation_days",
    schema={"type": "integer", "minimum": 1, "maximum": 1000},
    default=90,
    meaning="The most days between two rotations of a secret.",
)


def check(stack: Stack, settings: Settings) -> Iterator[Finding]:
    """Find the schedule of every secret, and judge how often it runs."""
    schedules = Companions(stack, (ROTATION,), "secretId", frozenset({SECRET}))
    for secret in stack.of_type(SECRET):
        found = schedules.of(secret)
        if found.certain:
            for schedule in found.certain:
                yield from _often_enough(schedule, int(settings.number(LONGEST.name)))
        elif found.possible:
            yield Undecided(resource=secret, properties=("which SecretRotation has its id as secretId",))
        else:
            yield Violation(resource=secret, problem="no SecretRotation of this stack rotates it.")


def _often_enough(schedule: Resource, longest: int) -> Iterator[Finding]:
    match schedule.read("rotationRules"):
        case Unknown():
            yield Undecided(resource=schedule, properties=("rotationRules",))
            return
        case Known(value=dict()):
            pass
        case _:
            yield Violation(resource=schedule, problem="rotationRules say not how often it runs.")
            return
    expression = schedule.read("rotationRules", "scheduleExpression")
    match schedule.read("rotationRules", "automaticallyAfterDays"):
        case Unknown():
            yield Undecided(resource=schedule, properties=("rotationRules.automaticallyAfterDays",))
        case Known(value=int() | float() as days) if not isinstance(days, bool) and 1 <= days <= longest:
            return
        case Missing():
            yield from _regular(schedule, expression, longest)
        case _:
            yield Violation(
                resource=schedule, problem=f"rotationRules.automaticallyAfterDays is not 1 to {longest} days."
            )


def _regular(schedule: Resource, expression: object, longest: int) -> Iterator[Finding]:
    path = "rotationRules.scheduleExpression"
    match expression:
        case Unknown():
            yield Undecided(resource=schedule, properties=(path,))
        case Known(value=str(text)) if text.startswith("cron(") and text.endswith(")"):
            return  # Secrets Manager's cron runs at least once a year; how often is for people to read
        case Known(value=str(text)) if _days(text) is not None and 0 < (_days(text) or 0) <= longest:
            return
        case Missing():
            yield Violation(resource=schedule, problem="rotationRules say not how often it runs.")
        case _:
            yield Violation(
                resource=schedule, problem=f"{path} is neither a cron nor a rate of at most {longest} days."
            )


def _days(expression: str) -> float | None:
    """The days of `rate(30 days)` or `rate(12 hours)`."""
    number, _, unit = expression.removeprefix("rate(").removesuffix(")").partition(" ")
    if expression != f"rate({number} {unit})" or not number.isdecimal():
        return None
    return {"day": 1.0, "days": 1.0, "hour": 1 / 24, "hours": 1 / 24}.get(unit, float("inf")) * int(number)


ROTATION_RULE: Final = StackRule(
    metadata=Metadata(
        name="secretsmanager-secret-rotation",
        severity=Severity.HIGH,
        description="Every secret is rotated on a schedule.",
        remediation=(
            "Declare a SecretRotation with the secret's id as secretId, a rotation function and rotationRules (the "
            "component ManagedSecret does)."
        ),
        judged=(
            f"The stack: every `{SECRET}` has a `{ROTATION}` whose `secretId` is its id, with `rotationRules` that are "
            "regular: `automaticallyAfterDays` or a `rate` within the limit of the settings, or a `cron`. Ids are "
            "compared where they are known; in the preview of new resources it goes by what `secretId` comes from."
        ),
        why=(
            "A secret that nobody ever changes is known to everyone who ever had access to it, and a rotation that is "
            "tried for the first time after a leak is an outage."
        ),
        sources=("https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html",),
    ),
    check=check,
    settings=(LONGEST,),
)
