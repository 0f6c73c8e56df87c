"""Every case, a module per service."""

from tests.provider.cases import logs

CASES = (*logs.CASES,)
