"""`cognito-user-pool-client-no-secret-in-state`: an app client with a secret is made elsewhere."""

import pytest

from guardrails.secrets.app_clients import APP_CLIENT_RULE as RULE
from tests.policy.declarations import APP_CLIENT
from tests.policy.judging import UNKNOWN, assert_compliant, assert_undecided, assert_violation, secret


def test_an_app_client_without_a_secret_complies() -> None:
    assert_compliant(RULE, APP_CLIENT)
    assert_compliant(RULE, APP_CLIENT.without("generateSecret"))
    assert_compliant(RULE, APP_CLIENT.with_property("generateSecret", None))


@pytest.mark.parametrize("value", [True, "false", "", 0.0, 1.0, {}, [False], secret(True)])
def test_whatever_is_not_false_is_a_violation(value: object) -> None:
    broken = APP_CLIENT.with_property("generateSecret", value)
    assert_violation(RULE, broken, culprit=broken, says="generateSecret puts the client secret into")


@pytest.mark.parametrize("unknown", [UNKNOWN, secret(UNKNOWN)])
def test_an_unknown_value_is_undecided(unknown: object) -> None:
    waiting = APP_CLIENT.with_property("generateSecret", unknown)
    assert_undecided(RULE, waiting, culprit=waiting, waits_for="generateSecret")
