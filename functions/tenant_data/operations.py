"""The operations of the tenant data API, as data: what the router serves, and what everything that judges it reads.

The router serves exactly these. Tests hold the published OpenAPI document, the routes of the component and the IAM
policy of the tenant role against them, and the cross-tenant attacks are generated from them.

Deliberately importing nothing, so that reading the list costs nothing.
"""

from __future__ import annotations

# Where a caller can say which row it means. `path`, `query` and `header` are followed by the name; of a body every
# member is the caller's.
PATH_DATA_ID = "path:data_id"
QUERY_NEXT_TOKEN = "query:nextToken"  # noqa: S105 -- the name of a parameter
HEADER_IDEMPOTENCY_KEY = "header:Idempotency-Key"
HEADER_IF_MATCH = "header:If-Match"
BODY = "body"

ITEMS_RESOURCE = "/data"
ITEM_RESOURCE = "/data/{data_id}"


class Operation:
    """One method of one resource.

    `data_actions` and `idempotency_actions` are the IAM actions that it needs on the two tables, with the tenant's
    session: a transaction is authorized as the actions that it is made of.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    """

    __slots__ = ("data_actions", "idempotency_actions", "method", "name", "query_parameters", "resource", "rows_from")

    def __init__(
        self,
        *,
        name: str,
        method: str,
        resource: str,
        data_actions: tuple[str, ...],
        rows_from: tuple[str, ...],
        idempotency_actions: tuple[str, ...] = (),
        query_parameters: tuple[str, ...] = (),
    ) -> None:
        """Hold the description. `rows_from` is every way in which the caller can name, or try to name, a row."""
        self.name = name
        self.method = method
        self.resource = resource
        self.data_actions = data_actions
        self.idempotency_actions = idempotency_actions
        self.rows_from = rows_from
        self.query_parameters = query_parameters

    def __repr__(self) -> str:
        """Show the route."""
        return f"<Operation {self.method} {self.resource}>"


OPERATIONS = (
    Operation(
        name="list_data",
        method="GET",
        resource=ITEMS_RESOURCE,
        data_actions=("dynamodb:Query",),
        rows_from=(QUERY_NEXT_TOKEN,),
        query_parameters=("limit", "nextToken"),
    ),
    Operation(
        name="create_data",
        method="POST",
        resource=ITEMS_RESOURCE,
        data_actions=("dynamodb:PutItem",),
        idempotency_actions=("dynamodb:PutItem",),
        rows_from=(BODY, HEADER_IDEMPOTENCY_KEY),
    ),
    Operation(
        name="read_data",
        method="GET",
        resource=ITEM_RESOURCE,
        data_actions=("dynamodb:GetItem",),
        rows_from=(PATH_DATA_ID,),
    ),
    Operation(
        name="replace_data",
        method="PUT",
        resource=ITEM_RESOURCE,
        data_actions=("dynamodb:GetItem", "dynamodb:PutItem"),
        rows_from=(PATH_DATA_ID, BODY, HEADER_IF_MATCH),
    ),
    Operation(
        name="delete_data",
        method="DELETE",
        resource=ITEM_RESOURCE,
        data_actions=("dynamodb:DeleteItem",),
        rows_from=(PATH_DATA_ID, HEADER_IF_MATCH),
    ),
)


def tenant_actions() -> dict[str, tuple[str, ...]]:
    """Return the actions that the tenant role allows on each of its tables, sorted, and no others."""
    return {
        "data": tuple(sorted({action for operation in OPERATIONS for action in operation.data_actions})),
        "idempotency": tuple(sorted({action for operation in OPERATIONS for action in operation.idempotency_actions})),
    }
