"""The data family: tenants' rows stay apart, and data is encrypted, recoverable and not deleted by accident."""

from typing import Final

from guardrails.data.caching import CACHE_RULE, KEPT_RULE
from guardrails.data.recovery import (
    ENCRYPTION_RULE,
    POOL_DELETION_RULE,
    RECOVERY_RULE,
    TABLE_DELETION_RULE,
    VERSIONING_RULE,
)
from guardrails.data.tenant_rows import SCAN_RULE, TENANT_RULE
from guardrails.data.tenant_tables import TENANT_TABLE_RULE
from guardrails.rules import Rule

RULES: Final[tuple[Rule, ...]] = (
    TENANT_RULE,
    TENANT_TABLE_RULE,
    SCAN_RULE,
    KEPT_RULE,
    ENCRYPTION_RULE,
    RECOVERY_RULE,
    TABLE_DELETION_RULE,
    POOL_DELETION_RULE,
    CACHE_RULE,
    VERSIONING_RULE,
)
