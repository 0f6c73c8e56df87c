"""What the tables cannot say about web ACLs: names between the official provider and AWS, and what decides by being
there.
"""

from typing import Any

import pytest

from sandbox.provider.registry import RESOURCE_TYPES
from sandbox.provider.resources.wafv2 import _request_shape, from_aws, to_aws
from tests.provider.cases.wafv2 import ACL, managed_rule, rate_rule, visibility
from tests.provider.driver import ProviderDriver, RefusedError

SET_ARN = "arn:aws:wafv2:ap-southeast-3:111122223333:regional/ipset/a/00000000-0000-0000-0000-000000000000"
ADDRESSES = {
    "name": "addresses",
    "priority": 2,
    "action": {"count": {}},
    "statement": {"ipSetReferenceStatement": {"arn": SET_ARN}},
    "visibilityConfig": visibility("addresses"),
}
COUNTRIES = {"geoMatchStatement": {"countryCodes": ["NZ"]}}
BASE: dict[str, Any] = {"scope": "REGIONAL", "defaultAction": {"allow": {}}, "visibilityConfig": visibility("acl")}


def test_rules_are_spelled_as_aws_spells_them_and_back() -> None:
    rules = [managed_rule(), rate_rule(scopeDownStatement=COUNTRIES), ADDRESSES]
    sent = to_aws({"rules": rules}, _request_shape())["Rules"]
    assert sent[0]["Statement"]["ManagedRuleGroupStatement"]["VendorName"] == "AWS"
    assert sent[1]["Statement"]["RateBasedStatement"]["ScopeDownStatement"] == {
        "GeoMatchStatement": {"CountryCodes": ["NZ"]}
    }
    assert sent[2]["Statement"] == {"IPSetReferenceStatement": {"ARN": SET_ARN}}
    assert sent[2]["VisibilityConfig"]["CloudWatchMetricsEnabled"] is True
    assert from_aws(sent, RESOURCE_TYPES["aws:wafv2/webAcl:WebAcl"].inputs["rules"]) == rules


def test_a_name_that_aws_does_not_have_is_an_error() -> None:
    with pytest.raises(LookupError, match="colour is no member of"):
        to_aws({"colour": "red"}, _request_shape())


def test_a_scoped_down_rule_is_held_against_aws_s_constraints_in_preview(aws: ProviderDriver) -> None:
    aws.preview(ACL, {**BASE, "rules": [rate_rule(scopeDownStatement=COUNTRIES), ADDRESSES]})
    nested = {"notStatement": {"statement": COUNTRIES}}
    with pytest.raises(RefusedError, match=r"scopeDownStatement.notStatement: the sandbox cannot honour this"):
        aws.check(ACL, {**BASE, "rules": [rate_rule(scopeDownStatement=nested)]})
    with pytest.raises(RefusedError, match=r"rules\[0\].statement: give exactly one statement"):
        aws.check(ACL, {**BASE, "rules": [{**rate_rule(), "statement": {}}]})


@pytest.mark.parametrize("name", sorted(RESOURCE_TYPES[ACL].unsupported))
def test_what_the_emulator_does_not_keep_is_refused(aws: ProviderDriver, name: str) -> None:
    declared = RESOURCE_TYPES["aws:wafv2/webAcl:WebAcl"].inputs[name].kind.value
    given: Any = "{}" if declared == "a string" else [] if declared == "a list" else {}
    with pytest.raises(RefusedError, match=f"^{name}: the sandbox cannot honour this: "):
        aws.check(ACL, {**BASE, name: given})
