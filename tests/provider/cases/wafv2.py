"""Web ACLs and what they protect."""

from typing import Any

from sandbox.provider.registry import RESOURCE_TYPES
from tests.provider.cases.case import Case, Refusal, World
from tests.provider.cases.cognito import user_pool
from tests.provider.driver import Known

ACL = "aws:wafv2/webAcl:WebAcl"
OTHER_POOL = "arn:aws:cognito-idp:ap-southeast-3:111122223333:userpool/ap-southeast-3_another"
OTHER_ACL = "arn:aws:wafv2:ap-southeast-3:111122223333:regional/webacl/another/00000000-0000-0000-0000-000000000000"


def visibility(name: str) -> dict[str, Any]:
    return {"cloudwatchMetricsEnabled": True, "metricName": name, "sampledRequestsEnabled": True}


def rate_rule(limit: int = 300, **statement: Any) -> dict[str, Any]:
    return {
        "name": "rate",
        "priority": 1,
        "action": {"block": {}},
        "statement": {"rateBasedStatement": {"limit": limit, "aggregateKeyType": "IP", **statement}},
        "visibilityConfig": visibility("rate"),
    }


def managed_rule() -> dict[str, Any]:
    group = {"name": "AWSManagedRulesAmazonIpReputationList", "vendorName": "AWS"}
    return {
        "name": "reputation",
        "priority": 0,
        "overrideAction": {"none": {}},
        "statement": {"managedRuleGroupStatement": group},
        "visibilityConfig": visibility("reputation"),
    }


def _acl_inputs(world: World) -> dict[str, Any]:
    return {
        "name": world.name,
        "scope": "REGIONAL",
        "description": "Guards",
        "defaultAction": {"allow": {}},
        "rules": [managed_rule(), rate_rule()],
        "visibilityConfig": visibility("acl"),
    }


def web_acl(world: World) -> Known:
    return world.need(ACL, {**_acl_inputs(world), "name": f"{world.name}-needed"})


def _drift_acl(world: World, known: Known) -> str:
    client = world.clients.client("wafv2")
    where = {"Id": known.id, "Name": known.inputs["name"], "Scope": "REGIONAL"}
    found = client.get_web_acl(**where)
    kept = {name: found["WebACL"][name] for name in ("Description", "Rules", "VisibilityConfig")}
    client.update_web_acl(**where, **kept, LockToken=found["LockToken"], DefaultAction={"Block": {}})
    return "defaultAction"


def _remove_acl(world: World, known: Known) -> None:
    client = world.clients.client("wafv2")
    where = {"Id": known.id, "Name": known.inputs["name"], "Scope": "REGIONAL"}
    client.delete_web_acl(**where, LockToken=client.get_web_acl(**where)["LockToken"])


CASES = (
    Case(
        token=ACL,
        base=_acl_inputs,
        changes={
            "defaultAction": {"block": {}},
            "description": "Guards well",
            "rules": [managed_rule(), rate_rule(1000)],
            "tags": {"Team": "platform"},
            "visibilityConfig": visibility("another"),
        },
        replaces={"name": "another", "scope": "CLOUDFRONT", "region": "eu-west-1"},
        untested={
            **dict.fromkeys(RESOURCE_TYPES[ACL].unsupported, "refused: see test_wafv2.py"),
            "namePrefix": "excludes name; see test_naming.py",
        },
        absent=frozenset(RESOURCE_TYPES[ACL].unsupported),
        volatile=frozenset({"lockToken"}),
        drift=_drift_acl,
        remove=_remove_acl,
        import_id=lambda known: f"{known.id}/{known.inputs['name']}/REGIONAL",
        refused=(
            Refusal(change={"scope": "GLOBAL"}, message="scope: 'GLOBAL' is not one of"),
            Refusal(change={"rules": [rate_rule(1)]}, message="limit: 1 is less than the minimum of 10"),
            Refusal(
                change={"rules": [{**rate_rule(), "overrideAction": {"none": {}}}]},
                message="rules[0].action: a rule with rateBasedStatement takes action and not overrideAction",
            ),
            Refusal(
                change={"rules": [{**rate_rule(), "statement": {"sqliMatchStatement": {"textTransformations": []}}}]},
                message="the sandbox cannot honour this",
            ),
        ),
    ),
    Case(
        token="aws:wafv2/webAclAssociation:WebAclAssociation",
        base=lambda world: {
            "resourceArn": user_pool(world).state["arn"],
            "webAclArn": web_acl(world).state["arn"],
        },
        replaces={"resourceArn": OTHER_POOL, "webAclArn": OTHER_ACL, "region": "eu-west-1"},
        remove=lambda world, known: world.clients.client("wafv2").disassociate_web_acl(
            ResourceArn=known.inputs["resourceArn"]
        ),
        refused=(
            Refusal(change={"resourceArn": "short"}, message="resourceArn: "),
            Refusal(change={"webAclArn": None}, message="webAclArn: is required and has no value"),
        ),
    ),
)
