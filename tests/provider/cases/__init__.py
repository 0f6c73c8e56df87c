"""Every case, a module per service."""

from tests.provider.cases import iam, logs

CASES = (
    *iam.CASES,
    *logs.CASES,
)
