"""`ClientRegistry`: which certificates may call, kept in DynamoDB (functions/client_certificates writes and reads it).

One key, no index: the standing of a certificate is one strongly consistent read, and a look-up over an index would
still find what was revoked a moment ago. Deliberately no stream and no cache: revoking is effective with the write.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.iam import Statement


@dataclass(frozen=True, kw_only=True)
class ClientRegistryArgs:
    """`deletion_protection` keeps the table from being deleted, by this program as by anybody."""

    deletion_protection: bool = True
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


class ClientRegistry(pulumi.ComponentResource):
    """The table, on demand, encrypted, recoverable to any second of the last 35 days."""

    table_name: pulumi.Output[str]
    table_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ClientRegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatehouse:index:ClientRegistry", name, None, opts)
        table = aws.dynamodb.Table(
            name,
            billing_mode="PAY_PER_REQUEST",
            hash_key="id",
            attributes=[{"name": "id", "type": "S"}],
            point_in_time_recovery={"enabled": True},
            server_side_encryption={"enabled": True},
            deletion_protection_enabled=args.deletion_protection,
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.table_name = table.name
        self.table_arn = table.arn
        self.register_outputs({"table_name": self.table_name, "table_arn": self.table_arn})

    def read_standings(self, sid: str) -> Statement:
        """The right to read it, item by item and no more: authorizers never write, and never scan."""
        return Statement(sid=sid, actions=["dynamodb:BatchGetItem"], resources=[self.table_arn])
