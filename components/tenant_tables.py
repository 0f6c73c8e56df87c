"""The DynamoDB tables of the tenant data API.

    api-keys        id                               keys (hashed), and customers with what is revoked
    lockouts        id                               failed exchanges per source and per key
    usage           customer_id, day                 requests counted per tenant
    customer-data   customer_id, data_id             the tenants' rows
    idempotency     customer_id, idempotency_key     what a repeated POST has made already

The last two hold what tenants write, and their partition key is the customer: `dynamodb:LeadingKeys` speaks of nothing
else (`components.tenant_role`). All are on demand, encrypted, recoverable to any second of the last 35 days, and
protected against deletion by a setting. Deliberately no table has a global secondary index: a look-up over one is
eventually consistent, and a key that was revoked a moment ago would still be found.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

# Where rows expire by themselves, the attribute that says when, in seconds since 1970.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
EXPIRY_ATTRIBUTE = "expires_at_epoch"


@dataclass(frozen=True, kw_only=True)
class TenantTables:
    """The five tables."""

    api_keys: aws.dynamodb.Table
    lockouts: aws.dynamodb.Table
    usage: aws.dynamodb.Table
    customer_data: aws.dynamodb.Table
    idempotency: aws.dynamodb.Table


def tenant_tables(
    name: str,
    *,
    parent: pulumi.Resource,
    deletion_protection: bool,
    tags: Mapping[str, str],
) -> TenantTables:
    """Makes the tables below `parent`. Logical names: `<name>-api-keys` and so on; Pulumi ends their own at random.

    They are encrypted under the account's key for DynamoDB (`aws/dynamodb`), whose use CloudTrail records.
    """

    def table(purpose: str, hash_key: str, range_key: str | None = None, *, expires: bool) -> aws.dynamodb.Table:
        keys = [hash_key] if range_key is None else [hash_key, range_key]
        return aws.dynamodb.Table(
            f"{name}-{purpose}",
            billing_mode="PAY_PER_REQUEST",
            hash_key=hash_key,
            range_key=range_key,
            attributes=[aws.dynamodb.TableAttributeArgs(name=key, type="S") for key in keys],
            ttl=aws.dynamodb.TableTtlArgs(enabled=True, attribute_name=EXPIRY_ATTRIBUTE) if expires else None,
            point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
            server_side_encryption=aws.dynamodb.TableServerSideEncryptionArgs(enabled=True),
            deletion_protection_enabled=deletion_protection,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=parent),
        )

    return TenantTables(
        api_keys=table("api-keys", "id", expires=True),
        lockouts=table("lockouts", "id", expires=True),
        usage=table("usage", "customer_id", "day", expires=True),
        customer_data=table("customer-data", "customer_id", "data_id", expires=False),
        idempotency=table("idempotency", "customer_id", "idempotency_key", expires=True),
    )
