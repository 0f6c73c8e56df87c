"""Who may read secrets: statements name the secrets that they let somebody read, one by one.

Three doors: identity policies (inline ones of roles included), AWS's managed policies that read every secret, and
policies on secrets themselves that let everyone in. What else a policy allows is judged by the rules on least
privilege; a managed policy that this stack does not declare cannot be looked into.

A right to more than one secret is narrow where a condition demands a tag of the secret: then the secrets, and not a
pattern over names that somebody may choose, say who reads them.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from guardrails.policy_carriers import (
    ATTACHING_TYPES,
    HOLDERS_OF_IDENTITY_POLICIES,
    attached_policies,
    identity_policies,
)
from guardrails.policy_documents import EVERYONE, Answer, PolicyDocument, Statement, Texts, Unreadable, document
from guardrails.properties import Known, Missing, Reading, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.settings import Setting, Settings

READ: Final = "secretsmanager:GetSecretValue"
SECRET_POLICY: Final = "aws:secretsmanager/secretPolicy:SecretPolicy"  # noqa: S105  # a type
SECRET: Final = "aws:secretsmanager/secret:Secret"  # noqa: S105  # a type

_PARTITIONS: Final = ("aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f")
_ONE_SECRET: Final = re.compile(r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[^*?$]+-\?{6}")
"""Secrets Manager ends every ARN in a hyphen and six random letters (its user guide)."""

_ESCAPED: Final = re.compile(r"\$\{[*?$]\}")
_OF_THE_CALLER: Final = re.compile(r"\$\{aws:(?:Principal\w+(?:/[^{}*?]+)?|user(?:id|name))\}")
"""Policy variables that are fixed for a caller, and cannot be chosen by one."""

_EXACT_OPERATORS: Final = frozenset({"ArnEquals", "StringEquals", "StringEqualsIgnoreCase"})
"""Operators that fail where the key is missing, and know no wildcard."""
_KEYS_OF_SECRETS: Final = ("aws:resourcetag/", "secretsmanager:resourcetag/", "secretsmanager:secretid")
_KEYS_OF_CALLERS: Final = (
    *("aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths"),
    "aws:principaltag/",
)

MANAGED: Final = Setting(
    name="managed_policies_that_read_secrets",
    schema={"type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": True},
    default=[
        "AdministratorAccess",
        "AdministratorAccess-Amplify",
        "AmazonRDSDataFullAccess",
        "AmazonSageMakerFullAccess",
        "PowerUserAccess",
        "SecretsManagerReadWrite",
    ],
    meaning="Names of managed policies that let a principal read more than one secret, AWS's own or others.",
)


def check_identity(holder: Resource, _settings: Settings) -> Iterator[Finding]:
    """Judge every identity policy of one resource."""
    for path, reading in identity_policies(holder):
        for statement in _statements(holder, path, reading, needed=holder.type in _NEEDED):
            if isinstance(statement, Statement):
                yield from _named_one_by_one(holder, path, statement)
            else:
                yield statement


def check_secret_policy(secret: Resource, _settings: Settings) -> Iterator[Finding]:
    """Judge whom the policy on a secret lets read it."""
    for statement in _statements(secret, "policy", secret.read("policy"), needed=secret.type == SECRET_POLICY):
        if isinstance(statement, Statement):
            yield from _not_everyone(secret, statement)
        else:
            yield statement


def check_attachment(attachment: Resource, settings: Settings) -> Iterator[Finding]:
    """Judge the managed policies that are attached, by their names."""
    refused = settings.texts(MANAGED.name)
    for path, reading in attached_policies(attachment):
        match reading:
            case Known(value=str(arn)) if arn:
                if arn.rpartition("/")[2] in refused:
                    yield Violation(
                        resource=attachment,
                        problem=f"{path} is {arn.rpartition('/')[2]}, which reads more than one secret.",
                    )
            case Unknown():
                yield Undecided(resource=attachment, properties=(path,))
            case Missing():
                if attachment.type not in HOLDERS_OF_IDENTITY_POLICIES:
                    yield Violation(resource=attachment, problem=f"{path} is missing.")
            case _:
                yield Violation(resource=attachment, problem=f"{path} is not the ARN of a policy.")


_NEEDED: Final = HOLDERS_OF_IDENTITY_POLICIES


def _statements(resource: Resource, path: str, reading: Reading, *, needed: bool) -> Iterator[Statement | Finding]:
    """The statements that let somebody read secrets; findings for what cannot be judged."""
    match document(reading):
        case Missing():
            if needed:
                yield Violation(resource=resource, problem=f"{path} is missing.")
        case Unknown():
            yield Undecided(resource=resource, properties=(path,))
        case Unreadable(problem=problem):
            yield Violation(resource=resource, problem=f"{path} {problem}.")
        case PolicyDocument() as policy:
            for fault in policy.faults:
                yield Violation(resource=resource, problem=f"{path}: {fault}, so it cannot be judged.")
            if policy.waiting:
                yield Undecided(resource=resource, properties=tuple(f"{path}.{place}" for place in policy.waiting))
            for statement in policy.statements:
                match statement.allows(READ):
                    case Answer.YES:
                        yield statement
                    case Answer.WAITS:
                        yield Undecided(resource=resource, properties=_places(path, statement))
                    case Answer.NO:
                        pass


def _named_one_by_one(holder: Resource, path: str, statement: Statement) -> Iterator[Finding]:
    if _demands(statement, _KEYS_OF_SECRETS):
        return
    at = f"{path}: {statement.place}"
    if statement.not_resources is not None:
        yield Violation(resource=holder, problem=f"{at} reads every secret that NotResource does not name.")
        return
    if statement.resources is None:
        yield Violation(resource=holder, problem=f"{at} names no Resource.")
        return
    if any(_is_wide(pattern) for pattern in statement.resources.known):
        yield Violation(resource=holder, problem=f"{at} reads more than one secret by a wildcard in Resource.")
    elif statement.resources.waits or "Condition" in statement.waiting:
        yield Undecided(resource=holder, properties=_places(path, statement))


def _not_everyone(secret: Resource, statement: Statement) -> Iterator[Finding]:
    at = f"policy: {statement.place}"
    if _demands(statement, _KEYS_OF_CALLERS):
        return
    if statement.not_principals is not None:
        yield Violation(resource=secret, problem=f"{at} lets everyone but NotPrincipal read the secret.")
    elif statement.principals is None:
        yield Violation(resource=secret, problem=f"{at} names no Principal.")
    elif _is_everyone(statement.principals):
        yield Violation(resource=secret, problem=f"{at} lets everyone read the secret.")
    elif any(texts.waits for texts in statement.principals.values()):
        yield Undecided(resource=secret, properties=_places("policy", statement))


def _is_everyone(principals: Mapping[str, Texts]) -> bool:
    return any(EVERYONE in principal for kind, texts in principals.items() for principal in (kind, *texts.known))


def _demands(statement: Statement, keys: tuple[str, ...]) -> bool:
    """Whether a condition demands a certain value of one of these keys."""
    return any(
        key.casefold().startswith(keys) and all(texts.known) and (texts.known or texts.waits)
        for operator, demanded in statement.conditions.items()
        if operator in _EXACT_OPERATORS
        for key, texts in demanded.items()
    )


def _is_wide(pattern: str) -> bool:
    """Whether the pattern fits the ARNs of more than one secret."""
    unescaped = _ESCAPED.sub("x", pattern)
    plain = _OF_THE_CALLER.sub("x", unescaped)
    if not re.search(r"[*?$]", plain) or _ONE_SECRET.fullmatch(plain):
        return False
    literal = re.split(r"[*?$]", unescaped, maxsplit=1)[0]
    return any(
        services.startswith(literal) or literal.startswith(services)
        for services in (f"arn:{partition}:secretsmanager:" for partition in _PARTITIONS)
    )


def _places(path: str, statement: Statement) -> tuple[str, ...]:
    return tuple(f"{path}.{statement.place}.{element}" for element in statement.waiting)


_WHY: Final = (
    "With a wildcard, a function that needs one key can read those of all others, today's and tomorrow's: whoever "
    "takes over the weakest function has every secret of the account."
)

IDENTITY_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="iam-policy-no-wildcard-secret-read",
        severity=Severity.CRITICAL,
        description="A policy lets a principal read the secrets that it names, and no others.",
        remediation=(
            "Name each secret's ARN in Resource (with -?????? for the six letters that Secrets Manager adds), or "
            "demand a tag of the secret by StringEquals on secretsmanager:ResourceTag."
        ),
        judged=(
            "The identity policies of "
            + ", ".join(f"`{token}`" for token in sorted(HOLDERS_OF_IDENTITY_POLICIES))
            + ", "
            f"as JSON texts or objects: statements that allow `{READ}`, also by `secretsmanager:*`, `*` or "
            "`NotAction`. Their `Resource` has no wildcard that fits more than one secret; ARNs that end in `-??????` "
            "fit one. `NotResource` is a violation. Patterns of other services (`arn:aws:s3:::...`) fit no secret. A "
            "statement with a condition that demands a tag of the secret, or its id, by an exact operator is fine.\n\n"
            "A document or a statement that does not fit IAM's grammar is a violation: nobody can tell what it allows. "
            "What is not known in a preview is judged in the update."
        ),
        why=_WHY,
        sources=(
            "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples.html",
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html",
        ),
    ),
    types=HOLDERS_OF_IDENTITY_POLICIES,
    check=check_identity,
)

ATTACHMENT_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="iam-attachment-no-secret-reading-policy",
        severity=Severity.CRITICAL,
        description="No managed policy that reads every secret is attached.",
        remediation="Attach a policy of your own that allows secretsmanager:GetSecretValue on the secrets it names.",
        judged=(
            "The managed policies that "
            + ", ".join(f"`{token}`" for token in sorted(ATTACHING_TYPES))
            + " attach, by the names in their ARNs: none of those that the setting lists. A managed policy of the same "
            "stack is judged by [iam-policy-no-wildcard-secret-read](iam-policy-no-wildcard-secret-read.md); what "
            "other policies allow cannot be seen."
        ),
        why=_WHY,
        sources=("https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html",),
    ),
    types=ATTACHING_TYPES,
    check=check_attachment,
    settings=(MANAGED,),
)

SECRET_POLICY_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="secretsmanager-secret-policy-no-everyone",
        severity=Severity.CRITICAL,
        description="The policy on a secret lets named principals read it, and not everyone.",
        remediation="Name the roles that read the secret in Principal, or leave it to their own policies.",
        judged=(
            f"`policy` of `{SECRET_POLICY}` and `{SECRET}`: statements that allow `{READ}` have a `Principal` that is "
            "not "
            '`"*"`, and no `NotPrincipal`; or a condition that demands the caller\'s account, organization, ARN or tag '
            "by an exact operator."
        ),
        why=(
            "A policy on a secret with everyone as principal opens it to every account of the world, unless a "
            "condition says otherwise."
        ),
        sources=("https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html",),
    ),
    types=frozenset({SECRET_POLICY, SECRET}),
    check=check_secret_policy,
)
