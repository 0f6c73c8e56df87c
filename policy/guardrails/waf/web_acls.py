"""A web ACL stands in front of what the whole internet reaches: stages of REST APIs, endpoints of user pools.

Deliberately only that there is one: which rules a web ACL needs depends on what is behind it. HTTP APIs take none.
"""

from collections.abc import Iterator
from typing import Final

from guardrails.companions import Companions
from guardrails.resources import Stack
from guardrails.rules import Finding, Level, Metadata, Severity, StackRule, Undecided, Violation
from guardrails.settings import Settings

STAGE: Final = "aws:apigateway/stage:Stage"
USER_POOL: Final = "aws:cognito/userPool:UserPool"
ASSOCIATIONS: Final = (
    "aws:wafv2/webAclAssociation:WebAclAssociation",
    "aws:wafregional/webAclAssociation:WebAclAssociation",
)


def _check(stack: Stack, guarded: str) -> Iterator[Finding]:
    associations = Companions(stack, ASSOCIATIONS, "resourceArn", frozenset({guarded}))
    for resource in stack.of_type(guarded):
        found = associations.of(resource, identity="arn")
        if found.certain:
            continue
        if found.possible:
            yield Undecided(resource=resource, properties=("arn",))
        else:
            yield Violation(resource=resource, problem="no WebAclAssociation of this stack names its ARN.")


def _check_stages(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    return _check(stack, STAGE)


def _check_pools(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    return _check(stack, USER_POOL)


STAGE_RULE: Final = StackRule(
    metadata=Metadata(
        name="apigateway-stage-web-acl",
        severity=Severity.LOW,
        level=Level.ADVISORY,
        description="A web ACL stands in front of every stage of a REST API.",
        remediation=(
            "Add a WebAclAssociation whose resourceArn is the stage's ARN, or switch this rule off where no WAF is "
            "wanted."
        ),
        judged=(
            "The whole stack: for every `aws:apigateway/stage:Stage` there is a `WebAclAssociation` whose "
            "`resourceArn` is that stage's, by its value or by where it comes from. Stages of private APIs are not "
            "set apart, and HTTP APIs are not judged: WAF cannot be put in front of them."
        ),
        why=(
            "An authorizer is asked for each request, so that a flood of worthless ones is paid for and takes the "
            "concurrency of good ones. A web ACL refuses by address and rate before anybody is asked. Advisory: "
            "without one nobody is let in who should not be."
        ),
        sources=(
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-aws-waf.html",
        ),
    ),
    check=_check_stages,
)

POOL_RULE: Final = StackRule(
    metadata=Metadata(
        name="cognito-user-pool-web-acl",
        severity=Severity.LOW,
        level=Level.ADVISORY,
        description="A web ACL stands in front of every user pool.",
        remediation=(
            "Add a WebAclAssociation whose resourceArn is the pool's ARN, or switch this rule off where no WAF is "
            "wanted."
        ),
        judged=(
            "The whole stack: for every `aws:cognito/userPool:UserPool` there is a `WebAclAssociation` whose "
            "`resourceArn` is that pool's, by its value or by where it comes from."
        ),
        why=(
            "A pool's endpoints answer the whole internet, and guessing passwords or client secrets there costs "
            "nothing but requests. Advisory: Cognito itself slows down who guesses."
        ),
        sources=("https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-waf.html",),
    ),
    check=_check_pools,
)
