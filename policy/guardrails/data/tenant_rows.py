"""A role for one tenant's rows reaches no other's: not by a Scan, a wildcard or a condition that holds of nothing.

A policy is taken for a tenant's when it uses the condition key `dynamodb:LeadingKeys`: whoever writes that means to
separate rows. Whether the code asks for the right rows is not seen here.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from guardrails.policy_carriers import HOLDERS_OF_IDENTITY_POLICIES, ROLE, identity_policies
from guardrails.policy_documents import Answer, PolicyDocument, Statement, Texts, action_matches, document
from guardrails.policy_reading import judged, waits_for
from guardrails.properties import Reading, Unknown
from guardrails.resources import Resource, Stack
from guardrails.rules import Finding, Level, Metadata, ResourceRule, Severity, StackRule, Undecided, Violation
from guardrails.settings import Settings

_TABLE: Final = "aws:dynamodb/table:Table"
_KEY: Final = "dynamodb:leadingkeys"
_SEPARATING: Final = frozenset({"forallvalues:stringequals", "stringequals"})
_BY_KEY: Final = frozenset(
    f"dynamodb:{action}"
    for action in (
        *("batchgetitem", "batchwriteitem", "conditioncheckitem", "deleteitem", "getitem"),
        *("putitem", "query", "updateitem"),
    )
)
"""The actions that name the partition key of every row they touch."""
_ON_NO_ROWS: Final = frozenset({"dynamodb:describetable", "dynamodb:describetimetolive"})
_ALL_ROWS: Final = ("dynamodb:Scan", "dynamodb:PartiQLSelect")
_PAGE: Final = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html"


def _check_tenants(holder: Resource, _settings: Settings) -> Iterator[Finding]:
    for name, reading in identity_policies(holder):
        if _may_separate(reading):
            yield from judged(holder, name, reading, partial(_separates, holder))


def _may_separate(reading: Reading) -> bool:
    """Whether the document speaks of rows, or cannot be shown not to."""
    found = document(reading)
    if not isinstance(found, PolicyDocument) or found.faults or found.waiting:
        return True
    return any(
        "Condition" in statement.waiting or is_under_key(statement)
        for statement in found.statements
        if statement.effect != "Deny"
    )


def is_under_key(statement: Statement) -> bool:
    """Whether a condition of the statement, good or bad, speaks of the partition key."""
    return any(_KEY in _lower(keys) for keys in statement.conditions.values())


def _separates(holder: Resource, place: str, statement: Statement) -> Iterator[Finding]:
    """Every right on DynamoDB in such a policy is one on the rows under the key."""
    waiting = [*waits_for(holder, place, statement, "Action", "NotAction", "Resource", "NotResource", "Condition")]
    yield from waiting
    if statement.not_actions is not None:
        yield Violation(resource=holder, problem=f"{place} allows everything but its NotAction, Scan included.")
        return
    actions = [action for action in (statement.actions.known if statement.actions else ()) if _is_of_dynamodb(action)]
    rows = [action for action in actions if action.lower() not in _ON_NO_ROWS]
    if not rows:
        return
    if any(action.lower() not in _BY_KEY for action in rows):
        problem = f"{place}.Action has more than the actions that name a partition key (Scan, PartiQL or a wildcard)."
        yield Violation(resource=holder, problem=problem)
    tables = statement.resources.known if statement.resources is not None else ("",)
    if statement.not_resources is not None or any(_is_no_table(table) for table in tables):
        yield Violation(resource=holder, problem=f"{place}.Resource is not one table by name.")
    if not waiting:
        yield from _condition(holder, place, statement)


def _condition(holder: Resource, place: str, statement: Statement) -> Iterator[Finding]:
    conditions = {operator.lower(): _lower(keys) for operator, keys in statement.conditions.items()}
    operators = [operator for operator, keys in conditions.items() if _KEY in keys and operator != "null"]
    values = [value for operator in operators for value in conditions[operator][_KEY]]
    if not operators or not values or not set(operators) <= _SEPARATING:
        problem = f"{place} allows rows without ForAllValues:StringEquals on dynamodb:LeadingKeys."
        yield Violation(resource=holder, problem=problem)
    elif any("*" in value or "?" in value for value in values):
        yield Violation(resource=holder, problem=f"{place} compares dynamodb:LeadingKeys with a wildcard.")
    if conditions.get("null", {}).get(_KEY) != ("false",):
        problem = (
            f'{place} has no condition Null "dynamodb:LeadingKeys": "false"; ForAllValues holds without any key too.'
        )
        yield Violation(resource=holder, problem=problem)


def _lower(keys: Mapping[str, Texts]) -> dict[str, tuple[str, ...]]:
    return {key.lower(): texts.known for key, texts in keys.items()}


def _is_of_dynamodb(pattern: str) -> bool:
    return pattern.lower().startswith("dynamodb:") or any(action_matches(pattern, action) for action in _BY_KEY)


def _is_no_table(resource: str) -> bool:
    _, is_table, name = resource.partition(":table/")
    table = name.partition("/")[0]
    return not is_table or not table or "*" in table or "?" in table


def _check_scans(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    for type_token in sorted(HOLDERS_OF_IDENTITY_POLICIES):
        for holder in stack.of_type(type_token):
            for name, reading in identity_policies(holder):
                if not isinstance(reading, Unknown) or may_be_about_tables(stack, holder, name):
                    yield from judged(holder, name, reading, partial(_no_scan, holder))


def may_be_about_tables(stack: Stack, holder: Resource, name: str) -> bool:
    """Whether a document that is not known yet is made from a table, or nobody knows from what.

    The policies of a role itself are an output too, which a preview does not know although nobody has set them.
    """
    origins = [stack.by_urn[urn] for urn in holder.origins_of(name.partition("[")[0]) if urn in stack.by_urn]
    return any(origin.type == _TABLE for origin in origins) or not (origins or holder.type == ROLE)


def _no_scan(holder: Resource, place: str, statement: Statement) -> Iterator[Finding]:
    answers = {statement.allows(action) for action in _ALL_ROWS}
    if Answer.YES in answers:
        yield Violation(
            resource=holder, problem=f"{place} allows reading whole tables (Scan, or PartiQL without a key)."
        )
    elif Answer.WAITS in answers:
        elements = [element for element in statement.waiting if element in ("Effect", "Action", "NotAction")]
        yield Undecided(resource=holder, properties=tuple(f"{place}.{element}" for element in elements))


TENANT_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="iam-policy-tenant-rows-only",
        severity=Severity.CRITICAL,
        description="A policy that separates tenants by partition key leaves no way around it.",
        remediation=(
            "Allow GetItem, Query, PutItem and the like on tables by name, each with ForAllValues:StringEquals on "
            'dynamodb:LeadingKeys without wildcards and with Null "dynamodb:LeadingKeys": "false".'
        ),
        judged=(
            "Identity policies by their inputs, of which one statement has the condition key `dynamodb:LeadingKeys`. "
            "Then every statement of it that allows anything on DynamoDB's rows: only actions that name a partition "
            "key (no `Scan`, no PartiQL, no wildcard, no `NotAction`), tables by name, `StringEquals` or "
            "`ForAllValues:StringEquals` on the key with values that have no wildcard, and `Null` with `false` on the "
            "key."
        ),
        why=(
            "`dynamodb:LeadingKeys` is absent in a Scan, and `ForAllValues` holds of nothing at all: the condition "
            "that should separate tenants then lets everything through. One statement without it, in the same role, "
            "does too."
        ),
        sources=(
            _PAGE,
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html",
        ),
    ),
    types=HOLDERS_OF_IDENTITY_POLICIES,
    check=_check_tenants,
)

SCAN_RULE: Final = StackRule(
    metadata=Metadata(
        name="iam-policy-no-table-scan",
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        description="No identity policy allows reading a table as a whole.",
        remediation="Allow Query and GetItem, and read through an index where the key is not known.",
        judged=(
            "Identity policies of the whole stack: no statement that allows covers `dynamodb:Scan` or "
            "`dynamodb:PartiQLSelect`, by name, by wildcard or by a `NotAction` that does not except them. A policy "
            "that is not known in a preview is noted if a table is among what it is made from, and judged in the "
            "update in any case."
        ),
        why=(
            "Whoever may scan reads every tenant's rows with one call, and pays for all of them. Advisory, because an "
            "operator's export needs it; a tenant's role has a mandatory rule."
        ),
        sources=(_PAGE,),
    ),
    check=_check_scans,
)
