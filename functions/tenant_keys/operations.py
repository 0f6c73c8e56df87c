"""The operations on keys, as data: what the router serves, and what documents and tests are held against.

Deliberately importing nothing, so that reading the list costs nothing.
"""

from __future__ import annotations

KEYS_RESOURCE = "/admin/keys"
CUSTOMER_RESOURCE = "/admin/keys/{customer_id}"
KEY_RESOURCE = "/admin/keys/{customer_id}/{key_id}"


class Operation:
    """One method of one resource."""

    __slots__ = ("method", "name", "resource")

    def __init__(self, *, name: str, method: str, resource: str) -> None:
        """Hold the description."""
        self.name = name
        self.method = method
        self.resource = resource

    def __repr__(self) -> str:
        """Show the route."""
        return f"<Operation {self.method} {self.resource}>"


CREATE = Operation(name="create_key", method="POST", resource=KEYS_RESOURCE)
LIST = Operation(name="list_keys", method="GET", resource=CUSTOMER_RESOURCE)
REVOKE_CUSTOMER = Operation(name="revoke_customer", method="DELETE", resource=CUSTOMER_RESOURCE)
REVOKE_KEY = Operation(name="revoke_key", method="DELETE", resource=KEY_RESOURCE)

OPERATIONS = (CREATE, LIST, REVOKE_CUSTOMER, REVOKE_KEY)
