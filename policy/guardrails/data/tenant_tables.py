"""Where one policy of a stack separates a table's rows by tenant, no other one goes around it.

Judged on the whole stack, by the ARNs in the policies: a table counts as the tenants' as soon as a statement allows its
rows under `dynamodb:LeadingKeys`. That this one statement is tight is `tenant_rows`' business.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from guardrails.data.tenant_rows import is_under_key, may_be_about_tables
from guardrails.policy_carriers import HOLDERS_OF_IDENTITY_POLICIES, identity_policies
from guardrails.policy_documents import Answer, PolicyDocument, Statement, document, matches
from guardrails.properties import Unknown
from guardrails.resources import Resource, Stack
from guardrails.rules import Finding, Metadata, Severity, StackRule, Undecided, Violation
from guardrails.settings import Settings

_ROWS: Final = tuple(
    f"dynamodb:{action}"
    for action in (
        *("BatchGetItem", "BatchWriteItem", "ConditionCheckItem", "DeleteItem", "GetItem", "GetRecords"),
        *("PartiQLDelete", "PartiQLInsert", "PartiQLSelect", "PartiQLUpdate", "PutItem", "Query", "Scan", "UpdateItem"),
        *("ExportTableToPointInTime", "RestoreTableToPointInTime"),
    )
)
"""The actions that read or write rows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Right:
    """A statement on rows, or what may become one."""

    holder: Resource
    place: str
    statement: Statement


def check(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    """Collect the tenants' tables, then look for statements on them that are not under the key."""
    rights: list[_Right] = []
    waiting: list[tuple[Resource, str]] = []
    for type_token in sorted(HOLDERS_OF_IDENTITY_POLICIES):
        for holder in stack.of_type(type_token):
            for name, reading in identity_policies(holder):
                found = document(reading)
                if isinstance(found, PolicyDocument):
                    rights.extend(_rights(holder, name, found))
                    waiting.extend((holder, f"{name}, {place}") for place in found.waiting)
                elif isinstance(found, Unknown) and may_be_about_tables(stack, holder, name):
                    waiting.append((holder, name))
    tables = {table for right in rights if is_under_key(right.statement) for table in _tables(right.statement)}
    for right in rights:
        if not is_under_key(right.statement):
            yield from _judge(right, tables)
    for holder, name in waiting:
        yield Undecided(resource=holder, properties=(name,))


def _rights(holder: Resource, name: str, found: PolicyDocument) -> Iterator[_Right]:
    for statement in found.statements:
        if any(statement.allows(action) is not Answer.NO for action in _ROWS):
            yield _Right(holder=holder, place=f"{name}, {statement.place}", statement=statement)


def _tables(statement: Statement) -> Iterator[str]:
    for resource in statement.resources.known if statement.resources is not None else ():
        table = _table_of(resource)
        if table is not None:
            yield table


def _table_of(resource: str) -> str | None:
    """The table of an ARN, which may be that of an index or a stream."""
    before, separator, name = resource.partition(":table/")
    return f"{before}{separator}{name.partition('/')[0]}" if separator else None


def _judge(right: _Right, tables: set[str]) -> Iterator[Finding]:
    statement = right.statement
    reached = _reaches(statement, tables)
    if reached and statement.effect is not None and _allows_rows(statement):
        problem = (
            f"{right.place} reaches rows of a table that another policy separates by tenant, without that condition."
        )
        yield Violation(resource=right.holder, problem=problem)
    elif statement.waiting and (reached or "Resource" in statement.waiting or "NotResource" in statement.waiting):
        yield Undecided(
            resource=right.holder, properties=tuple(f"{right.place}.{element}" for element in statement.waiting)
        )


def _allows_rows(statement: Statement) -> bool:
    return any(statement.allows(action) is Answer.YES for action in _ROWS)


def _reaches(statement: Statement, tables: set[str]) -> bool:
    if statement.not_resources is not None:
        excepted = statement.not_resources.known
        return any(not any(matches(pattern, table) for pattern in excepted) for table in tables)
    patterns = statement.resources.known if statement.resources is not None else ("*",)
    return any(matches(_table_of(pattern) or pattern, table) for pattern in patterns for table in tables)


TENANT_TABLE_RULE: Final = StackRule(
    metadata=Metadata(
        name="dynamodb-table-tenants-kept-apart-everywhere",
        severity=Severity.CRITICAL,
        description="A table whose rows one policy separates by tenant is not open to another policy of the stack.",
        remediation=(
            "Give the statement the conditions on dynamodb:LeadingKeys too, or keep what it needs in a table of its "
            "own; exempt the policy where a job has to see all tenants."
        ),
        judged=(
            "The whole stack: a table belongs to tenants when a statement of an identity policy allows its rows under "
            "a condition on `dynamodb:LeadingKeys`. Every other statement that allows reading or writing rows of that "
            "table, by name or by wildcard, indexes and streams included, needs the condition as well. Policies are "
            "matched by the ARNs in them. One that is not known in a preview is noted if a table is among what it is "
            "made from, and judged in the update in any case."
        ),
        why=(
            "The tenants' own role may be tight: if the function beside it may read the same table without the "
            "condition, a defect there shows one tenant's rows to another, and IAM does not stop it."
        ),
        sources=("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html",),
    ),
    check=check,
)
