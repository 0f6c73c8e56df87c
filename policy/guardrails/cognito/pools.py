"""Who gets into a user pool: nobody registers by themselves where the pool is for machines or for known users."""

from collections.abc import Iterator
from typing import Final

from guardrails.demands import demand, is_true
from guardrails.resources import Resource
from guardrails.rules import Finding, Level, Metadata, ResourceRule, Severity
from guardrails.settings import Setting, Settings

USER_POOL: Final = "aws:cognito/userPool:UserPool"

OPEN_POOLS: Final = Setting(
    name="pools_open_to_sign_up",
    schema={"type": "array", "items": {"type": "string", "minLength": 1}},
    default=[],
    meaning="Logical names of the user pools in which anyone may register.",
)


def check(pool: Resource, settings: Settings) -> Iterator[Finding]:
    """Demand that administrators alone make users, unless the pool is listed."""
    if pool.name in settings.texts("pools_open_to_sign_up"):
        return
    yield from demand(
        pool,
        "adminCreateUserConfig.allowAdminCreateUserOnly",
        is_true,
        otherwise="adminCreateUserConfig.allowAdminCreateUserOnly is not true, so that anyone may register.",
        missing="adminCreateUserConfig.allowAdminCreateUserOnly is missing, so that anyone may register.",
    )


SIGN_UP_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="cognito-user-pool-no-self-sign-up",
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        description="Nobody registers by themselves in a user pool.",
        remediation=(
            "Set adminCreateUserConfig.allowAdminCreateUserOnly to true, or list the pool in pools_open_to_sign_up."
        ),
        judged=(
            f"`{USER_POOL}`, by its inputs: `adminCreateUserConfig.allowAdminCreateUserOnly` is true. Pools whose "
            "logical name is in `pools_open_to_sign_up` are not judged."
        ),
        why=(
            "Cognito's default lets everyone on the internet make a user and get tokens of the pool. An API that "
            "accepts any valid token then has unknown callers. Advisory, because a pool of customers wants exactly "
            "that."
        ),
        sources=("https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html",),
    ),
    types=frozenset({USER_POOL}),
    check=check,
    settings=(OPEN_POOLS,),
)
