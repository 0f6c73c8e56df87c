"""A permission to invoke a function names its caller: an API Gateway API by its ARN, another service by its source.

IAM principals pass when they are named: IAM authenticates them, and their own policies have to allow the call too.
What they may do with the function is the matter of rules on least privilege.
"""

import re
from collections.abc import Iterator
from typing import Final

from guardrails.properties import Known, Malformed, Missing, Unknown, known_text
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.settings import Settings

_API_GATEWAY: Final = "apigateway.amazonaws.com"
_SERVICE: Final = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?")
_IAM_PRINCIPAL: Final = re.compile(r"[0-9]{12}|arn:aws[a-z-]*:(?:iam|sts)::[0-9]{12}:[^\s*?]+")
_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_ONE_API: Final = re.compile(r"arn:aws[a-z-]*:execute-api:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9]+(?:/.*)?")
_ANY_SOURCE: Final = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[^\s*?]+.*")


def check(permission: Resource, _settings: Settings) -> Iterator[Finding]:
    """Judge the principal, then the source that narrows it down, then what it says of function URLs."""
    match permission.read("principal"):
        case Known(value=str(principal)) if principal == _API_GATEWAY:
            yield from _from_one_api(permission)
        case Known(value=str(principal)) if _SERVICE.fullmatch(principal):
            yield from _from_one_source(permission)
        case Known(value=str(principal)) if _IAM_PRINCIPAL.fullmatch(principal):
            pass
        case Unknown():
            yield Undecided(resource=permission, properties=("principal",))
        case Missing():
            yield Violation(resource=permission, problem="principal is missing.")
        case Known(value="*"):
            yield Violation(resource=permission, problem="principal is *, so anyone may invoke the function.")
        case Known() | Malformed():
            yield Violation(resource=permission, problem="principal is not one service, account, role or user.")
    match permission.read("functionUrlAuthType"):
        case Missing() | Known(value="AWS_IAM"):
            pass
        case Unknown():
            yield Undecided(resource=permission, properties=("functionUrlAuthType",))
        case Known() | Malformed():
            yield Violation(
                resource=permission,
                problem="functionUrlAuthType is not AWS_IAM, so callers of the function's URL are not asked who "
                "they are.",
            )


def _from_one_api(permission: Resource) -> Iterator[Finding]:
    match permission.read("sourceArn"):
        case Known(value=str(arn)) if _ONE_API.fullmatch(arn):
            return
        case Unknown():
            yield Undecided(resource=permission, properties=("sourceArn",))
        case Missing() | Known(value=""):
            yield Violation(
                resource=permission,
                problem="sourceArn is missing, so every API of every account may invoke the function.",
            )
        case Known() | Malformed():
            yield Violation(
                resource=permission, problem="sourceArn is not the ARN of one API, so others may invoke too."
            )


def _from_one_source(permission: Resource) -> Iterator[Finding]:
    account = permission.read("sourceAccount")
    source = permission.read("sourceArn")
    for name, reading in (("sourceAccount", account), ("sourceArn", source)):
        if isinstance(reading, Known | Malformed) and known_text(reading) is None and reading != Known(value=""):
            yield Violation(resource=permission, problem=f"{name} is not a text.")
            return
    account_text, source_text = known_text(account), known_text(source)
    if account_text and not _ACCOUNT.fullmatch(account_text):
        yield Violation(resource=permission, problem="sourceAccount is not the number of one account.")
    elif source_text and not account_text and not _ANY_SOURCE.fullmatch(source_text):
        yield Violation(
            resource=permission, problem="sourceArn does not name one source, and there is no sourceAccount."
        )
    elif account_text or source_text:
        return
    elif isinstance(account, Unknown) or isinstance(source, Unknown):
        unknown = tuple(
            name
            for name, reading in (("sourceArn", source), ("sourceAccount", account))
            if isinstance(reading, Unknown)
        )
        yield Undecided(resource=permission, properties=unknown)
    else:
        yield Violation(
            resource=permission,
            problem="it has neither sourceArn nor sourceAccount, so the service may invoke the function for anyone.",
        )


PERMISSION_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="lambda-permission-names-its-caller",
        severity=Severity.CRITICAL,
        description="A permission to invoke a function names who may: one API, one source of a service, one principal.",
        remediation=(
            "For apigateway.amazonaws.com set sourceArn to the ARN of one API, as its executionArn gives it (with /* "
            "for its stages and methods); for other services set sourceArn or sourceAccount. Never use the principal *."
        ),
        judged=(
            "`aws:lambda/permission:Permission`, by its inputs.\n\n"
            "- `principal` is `apigateway.amazonaws.com`: `sourceArn` is there and names one API "
            "(`arn:aws:execute-api:REGION:ACCOUNT:API/...`); a `*` in region, account or API is a violation, behind "
            "the API it is not.\n"
            "- `principal` is another service: a `sourceArn` that names a source, or a `sourceAccount`.\n"
            "- `principal` is an account, a role or a user: it passes, because IAM authenticates it.\n"
            "- Everything else is a violation: `*` (with `principalOrgId` too), patterns, a missing principal.\n"
            "- `functionUrlAuthType` is missing or `AWS_IAM`; `NONE` is a violation.\n\n"
            "Load balancers and AppSync as entrances are not judged beyond this: their own authorization is not part "
            "of these rules."
        ),
        why=(
            "Without a source, `apigateway.amazonaws.com` stands for every API of every customer: anyone can put an "
            "API of his own without an authorizer in front of the function, and the function trusts the claims in the "
            "request. The principal `*` does not even take an API."
        ),
        sources=(
            "https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html",
            "https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html",
            "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
        ),
    ),
    types=frozenset({"aws:lambda/permission:Permission"}),
    check=check,
)
