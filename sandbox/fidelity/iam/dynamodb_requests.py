"""Gap: `dynamodb:LeadingKeys` never has a value, and what is authorized is not always what is carried out.

What the emulator does: no request has the condition key, so `ForAllValues:StringEquals` on it always holds: a policy
that limits callers to their own rows lets them reach all rows. Batches are judged by a `TableName` beside their
`RequestItems`, which the operation itself never looks at. PartiQL statements are judged as `dynamodb:ExecuteStatement`
on `*`.

What AWS does: LeadingKeys holds the partition keys of the items that a request touches, for single items, queries,
batches and each item of a transaction; Scan has none
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html). A transaction is
authorized as the actions in it (transaction-apis-iam.html), a PartiQL statement as `dynamodb:PartiQLSelect` and the
like on its table (ql-iam.html).

The wrap works out the accesses from the operation (`item_access`), and hands each check the keys of that table and
action. Where a key cannot be told, it is one that no policy names: denied wherever a policy looks at the keys.

Not covered: keys inside PartiQL statements (denied where a policy looks at them), `dynamodb:Attributes` beyond what the
emulator fills in (projections).
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from sandbox.fidelity.emulator import emulator_module
from sandbox.fidelity.iam.item_access import Access, KeyKnowledge, accesses, mappings
from sandbox.fidelity.iam.named_actions import EXTRACT_PARAMETERS
from sandbox.fidelity.request_log import parsed
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import require_parameters, wrap

dynamodb = emulator_module("services.dynamodb")
iam_actions = emulator_module("core.iam_actions")
iam_evaluator = emulator_module("core.iam_evaluator")

LEADING_KEYS: Final = "dynamodb:LeadingKeys"


@dataclass(frozen=True, kw_only=True)
class JudgedRequest:
    """The DynamoDB request that is being authorized in this task."""

    operation: str
    accesses: tuple[Access, ...]


_judged: ContextVar[JudgedRequest | None] = ContextVar("gatehouse_judged_dynamodb_request", default=None)


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps; raises `EmulatorChangedError` when the emulator does not have what they need."""
    del settings
    require_parameters(dynamodb, "_normalize_table_name", ("value",))
    require_parameters(dynamodb, "_resolve_index_keys", ("table", "index_name"))
    require_parameters(dynamodb, "_extract_pk_from_condition", ("condition", "attr_values", "attr_names", "pk_name"))
    require_parameters(dynamodb, "_extract_pk_from_key_conditions", ("key_conditions", "pk_name"))
    require_parameters(dynamodb, "_parse_partiql", ("statement", "parameters"))
    require_parameters(iam_actions, "_dynamodb_table_arn", ("table", "region", "account_id"))
    place = ("region", "account_id")
    wrap(iam_actions, "extract_iam_action", EXTRACT_PARAMETERS, _noting, by=__name__)
    wrap(iam_actions, "dynamodb_resource_arns", ("body", *place), _of_the_operation, by=__name__)
    wrap(iam_actions, "dynamodb_transaction_checks", ("iam_action", "body", *place), _each_access, by=__name__)
    checked = ("access_key_id", "iam_action", "service", "region", "resource_arn", "service_context")
    wrap(iam_evaluator, "enforce", checked, _with_leading_keys, by=__name__)


def _noting(original: Callable[..., str | None]) -> Callable[..., str | None]:
    @wraps(original)
    def extract_iam_action(
        service: str, method: str, path: str, headers: dict[str, str], body: bytes, query_params: Any
    ) -> str | None:
        if service == "dynamodb":
            operation = headers.get("x-amz-target", "").rpartition(".")[2]
            found = accesses(operation, parsed(body), KNOWLEDGE)
            _judged.set(JudgedRequest(operation=operation, accesses=tuple(found)))
        return original(service, method, path, headers, body, query_params)

    return extract_iam_action


def _partition_key(table: str, index: str | None) -> str | None:
    found = dynamodb._tables.get(dynamodb._normalize_table_name(table))
    return dynamodb._resolve_index_keys(found, index)[0] if found else None


def _queried_key(document: dict[str, Any]) -> str | None:
    """The key of the partition that the emulator's Query will read: told by the very functions that it uses."""
    table, index = document.get("TableName"), document.get("IndexName")
    attribute = _partition_key(str(table), index if isinstance(index, str) else None)
    if attribute is None:
        return None
    legacy = mappings(document.get("KeyConditions"))
    if legacy:
        return dynamodb._extract_pk_from_key_conditions(legacy, attribute)
    condition = document.get("KeyConditionExpression")
    if not isinstance(condition, str):
        return None
    values = mappings(document.get("ExpressionAttributeValues"))
    names = mappings(document.get("ExpressionAttributeNames"))
    return dynamodb._extract_pk_from_condition(condition, values, names, attribute)


def _statement_target(statement: str, parameters: Any) -> tuple[str, str, str | None] | None:
    try:
        found = dynamodb._parse_partiql(statement, parameters or [])
    except Exception:  # noqa: BLE001 - whatever the parser trips over, nobody is allowed to do it on any one table
        return None
    return found["op"], found["table"], found.get("index")


KNOWLEDGE: Final = KeyKnowledge(
    partition_key=_partition_key, queried_key=_queried_key, statement_target=_statement_target
)


def _arn(access: Access, region: str, account_id: str) -> str:
    if access.table == "*":
        return "*"
    table: str = iam_actions._dynamodb_table_arn(access.table, region, account_id)
    return table if access.index is None else f"{table}/index/{access.index}"


def _of_the_operation(original: Callable[..., list[str]]) -> Callable[..., list[str]]:
    @wraps(original)
    def dynamodb_resource_arns(body: bytes, region: str, account_id: str) -> list[str]:
        judged = _judged.get()
        if judged is None or not judged.accesses:
            # Tags and policies name their table by an ARN in other members.
            return original(body, region, account_id) if judged is None else _named_by_arn(body)
        return list(dict.fromkeys(_arn(access, region, account_id) for access in judged.accesses))

    return dynamodb_resource_arns


def _named_by_arn(body: bytes) -> list[str]:
    document = parsed(body)
    named = [document.get(member) for member in ("ResourceArn", "TableArn", "SourceTableArn", "BackupArn", "StreamArn")]
    return [arn for arn in named if isinstance(arn, str) and arn]


def _each_access(original: Callable[..., list[tuple[str, str]]]) -> Callable[..., list[tuple[str, str]]]:
    @wraps(original)
    def dynamodb_transaction_checks(
        iam_action: str, body: bytes, region: str, account_id: str
    ) -> list[tuple[str, str]]:
        judged = _judged.get()
        if judged is None:
            return original(iam_action, body, region, account_id)
        if all(access.action == judged.operation for access in judged.accesses):
            return []  # an action of its own, judged on each of its tables
        checks = ((f"dynamodb:{access.action}", _arn(access, region, account_id)) for access in judged.accesses)
        return list(dict.fromkeys(checks))

    return dynamodb_transaction_checks


def _with_leading_keys(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def enforce(
        access_key_id: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: Mapping[str, Any] | None = None,
    ) -> Any:
        judged = _judged.get()
        if service != "dynamodb" or judged is None:
            return original(access_key_id, iam_action, service, region, resource_arn, service_context)
        context = {name: value for name, value in (service_context or {}).items() if name != LEADING_KEYS}
        account = emulator_module("core.responses").get_account_id()
        keys = [
            access.key
            for access in judged.accesses
            if access.key is not None
            and f"dynamodb:{access.action}" == iam_action
            and _arn(access, region, account) == resource_arn
        ]
        if keys:
            context[LEADING_KEYS] = list(dict.fromkeys(keys))
        return original(access_key_id, iam_action, service, region, resource_arn, context)

    return enforce
