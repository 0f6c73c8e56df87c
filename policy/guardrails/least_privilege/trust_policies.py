"""Who may take on a role: named principals, and federated ones only with the claims that single them out.

The role's trust policy alone is judged; what the role may do is `statements`' business.
"""

import re
from collections.abc import Iterator
from typing import Final

from guardrails.policy_carriers import ROLE
from guardrails.policy_documents import EVERYONE, Statement, Texts
from guardrails.policy_reading import judged, waits_for
from guardrails.resources import Resource
from guardrails.rules import Finding, Level, Metadata, ResourceRule, Severity, Violation
from guardrails.settings import Setting, Settings

_TRUST: Final = "assumeRolePolicy"
_ACCOUNT: Final = re.compile(r"[0-9]{12}|arn:[^:]*:iam::[0-9]{12}:root")
_EXACT: Final = frozenset({"stringequals", "arnequals"})
_PATTERNS: Final = frozenset({"stringlike", "arnlike"})
_ANY_OF_SEVERAL: Final = frozenset({"foranyvalue:stringequals", "foranyvalue:stringlike"})
"""Operators on keys with several values that need one to be there; `ForAllValues` holds without any."""
_SERVICE: Final = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?")
_CALLERS: Final = frozenset(
    {"aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:userid"}
)
_PARTNERS: Final = _CALLERS | {"sts:externalid"}
_SOURCES: Final = frozenset({"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"})
_GITHUB: Final = "token.actions.githubusercontent.com"
_GITHUB_REPOSITORY: Final = re.compile(r"repo:[^/*?:]+/[^/*?:]+:")

WITHOUT_SOURCE: Final = Setting(
    name="services_without_a_source",
    schema={
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "service": {"type": "string", "pattern": "^[a-z0-9.-]+$"},
                "reason": {"type": "string", "minLength": 10},
            },
            "required": ["service", "reason"],
            "additionalProperties": False,
        },
    },
    default=[
        {
            "service": "apigateway.amazonaws.com",
            "reason": "API Gateway sends neither key when it takes on the role for its logs, and would be locked out.",
        },
        {"service": "ec2.amazonaws.com", "reason": "An instance takes on its profile's role in its own account only."},
    ],
    meaning="Services that do not say on whose behalf they take on a role, each with a reason.",
)


def _check_bounds(role: Resource, _settings: Settings) -> Iterator[Finding]:
    yield from judged(role, _TRUST, role.read(_TRUST), lambda place, statement: _bounds(role, place, statement))


def _bounds(role: Resource, place: str, statement: Statement) -> Iterator[Finding]:
    yield from waits_for(role, place, statement, "Principal", "NotPrincipal", "Condition")
    if statement.not_principals is not None:
        yield Violation(resource=role, problem=f"{place} trusts everyone but its NotPrincipal.")
    elif statement.principals is None:
        yield Violation(resource=role, problem=f"{place} names no Principal.")
    elif "Condition" not in statement.waiting:
        for kind, principals in statement.principals.items():
            for principal in principals.known:
                problem = _problem(kind, principal, statement)
                if problem is not None:
                    yield Violation(resource=role, problem=f"{place} {problem}")


def _problem(kind: str, principal: str, statement: Statement) -> str | None:
    if kind in (EVERYONE, "AWS") and principal == EVERYONE:
        return None if _narrowed(statement, _CALLERS) else "trusts everyone, in every account."
    if kind == "AWS":
        if _ACCOUNT.fullmatch(principal):
            narrowed = _narrowed(statement, _PARTNERS)
            return None if narrowed else "trusts a whole account, without a condition that says whom in it."
        return "has a wildcard in its Principal." if "*" in principal or "?" in principal else None
    if kind == "Federated":
        return _federated_problem(principal, statement)
    if kind == "Service":
        return None if _SERVICE.fullmatch(principal) else "trusts a service that is none."
    return "trusts a kind of principal that is not AWS, Service or Federated."


def _federated_problem(provider: str, statement: Statement) -> str | None:
    if ":saml-provider/" in provider:
        return None if _values(statement, "saml:aud", _EXACT) else "trusts a SAML provider without its SAML:aud."
    host = provider.rpartition(":oidc-provider/")[2].lower()
    if not _values(statement, f"{host}:aud", _EXACT):
        return "trusts an OIDC provider without a condition on the audience (aud)."
    subjects = _values(statement, f"{host}:sub", _EXACT | _PATTERNS)
    if host == "cognito-identity.amazonaws.com" and not subjects:
        methods = _values(statement, f"{host}:amr", _EXACT | _ANY_OF_SEVERAL)
        subjects = () if "unauthenticated" in methods else methods
    if not subjects or any(_begins_with_wildcard(subject) for subject in subjects):
        return "trusts an OIDC provider without a condition on the subject (sub)."
    if host.startswith(_GITHUB) and not all(_GITHUB_REPOSITORY.match(subject) for subject in subjects):
        return "trusts workflows of GitHub without naming owner and repository in the subject (sub)."
    return None


def _check_sources(role: Resource, settings: Settings) -> Iterator[Finding]:
    silent = frozenset(str(entry["service"]) for entry in settings.objects("services_without_a_source"))
    yield from judged(
        role, _TRUST, role.read(_TRUST), lambda place, statement: _sources(role, place, statement, silent)
    )


def _sources(role: Resource, place: str, statement: Statement, silent: frozenset[str]) -> Iterator[Finding]:
    yield from waits_for(role, place, statement, "Principal", "Condition")
    services = (statement.principals or {}).get("Service", Texts()).known
    asked = [service for service in services if service not in silent]
    if asked and "Condition" not in statement.waiting and not _narrowed(statement, _SOURCES):
        problem = f"{place} trusts a service on behalf of every account; no condition names aws:SourceAccount."
        yield Violation(resource=role, problem=problem)


def _narrowed(statement: Statement, keys: frozenset[str]) -> bool:
    return any(
        values and not any(_begins_with_wildcard(value) for value in values)
        for key in sorted(keys)
        for values in [_values(statement, key, _EXACT | _PATTERNS)]
    )


def _values(statement: Statement, key: str, operators: frozenset[str]) -> tuple[str, ...]:
    """What a condition compares the key with. Operators that also hold without the key (`...IfExists`) do not count."""
    return tuple(
        value
        for operator, keys in statement.conditions.items()
        if operator.lower() in operators
        for name, values in keys.items()
        if name.lower() == key
        for value in values.known
        if value
    )


def _begins_with_wildcard(value: str) -> bool:
    return value.startswith(("*", "?"))


BOUNDS_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="iam-role-trust-named-principals",
        severity=Severity.CRITICAL,
        description="A role is taken on by named principals only.",
        remediation=(
            "Name the role, user or service in Principal; give a whole account a condition such as sts:ExternalId or "
            "aws:PrincipalArn, and an OIDC provider conditions on its aud and sub."
        ),
        judged=(
            f"`{ROLE}`, by its inputs: every statement of `{_TRUST}` that allows. `*` needs a condition on the caller "
            "(`aws:PrincipalOrgID`, `aws:PrincipalArn` and the like), a whole account (its number, or `:root`) one of "
            "these or `sts:ExternalId`. An OIDC provider needs `StringEquals` on its `aud` and a condition on its "
            "`sub` that does not begin with a wildcard; for GitHub's, `sub` names owner and repository. A SAML "
            "provider needs `SAML:aud`. `NotPrincipal`, wildcards in ARNs and unknown kinds of principals are "
            "violations. Operators that hold where the key is absent (`...IfExists`, `ForAllValues:`) do not count."
        ),
        why=(
            "Who takes on the role has all its rights. A trust in GitHub without `sub` lets every workflow of every "
            "repository on GitHub in; a trust in an account lets in whoever that account's administrators forget."
        ),
        sources=(
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html",
            "https://docs.github.com/en/actions/reference/security/oidc",
        ),
    ),
    types=frozenset({ROLE}),
    check=_check_bounds,
)

SOURCE_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="iam-role-trust-names-the-source",
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        description="A service takes on a role on behalf of one account only.",
        remediation=(
            "Add a condition StringEquals on aws:SourceAccount, or ArnLike on aws:SourceArn, to the trust policy."
        ),
        judged=(
            f"`{ROLE}`, by its inputs: every statement of `{_TRUST}` that allows a service has a condition on "
            "`aws:SourceAccount`, `aws:SourceArn`, `aws:SourceOrgID` or `aws:SourceOrgPaths`, unless the service is in "
            "`services_without_a_source`."
        ),
        why=(
            "A service works for every account. Without the condition, another account's resource may make it take on "
            "this role (the confused deputy). Advisory, because not every service sends these keys, and one that does "
            "not is locked out by them."
        ),
        sources=("https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",),
    ),
    types=frozenset({ROLE}),
    check=_check_sources,
    settings=(WITHOUT_SOURCE,),
)
