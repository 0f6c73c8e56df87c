"""What changed, where, and whether it needs a new resource; and what a refresh makes of the live state."""

import json
from dataclasses import replace
from typing import Any

import pytest

from sandbox.provider.differences import Change, canonical_document, differences
from sandbox.provider.paths import path_text
from sandbox.provider.registry import RESOURCE_TYPES
from sandbox.provider.state import complete, merged_tags, planned_create, planned_update, refreshed_inputs
from sandbox.provider.values import UNKNOWN, Archive, Asset

FUNCTION = RESOURCE_TYPES["aws:lambda/function:Function"]
ROLE = RESOURCE_TYPES["aws:iam/role:Role"]
LOG_GROUP = RESOURCE_TYPES["aws:cloudwatch/logGroup:LogGroup"]


def changes(table: Any, old: dict[str, Any], new: dict[str, Any]) -> dict[str, str]:
    return {path_text(each.path): each.change.value for each in differences(table, old, new)}


def replaced(table: Any, old: dict[str, Any], new: dict[str, Any]) -> set[str]:
    return {path_text(each.path) for each in differences(table, old, new) if each.replaces}


def test_each_changed_value_is_named_as_deep_as_it_is() -> None:
    old = {"timeout": 3, "environment": {"variables": {"A": "1", "B": "2"}}, "layers": ["x", "y"], "publish": True}
    new = {"timeout": 4, "environment": {"variables": {"A": "1", "C": "3"}}, "layers": ["x", "z", "w"], "publish": True}
    assert changes(FUNCTION, old, new) == {
        "timeout": "update",
        "environment.variables.B": "delete",
        "environment.variables.C": "add",
        "layers[1]": "update",
        "layers[2]": "add",
    }


def test_absent_null_and_empty_are_the_same_but_not_in_maps_and_not_false() -> None:
    assert changes(FUNCTION, {"description": ""}, {"description": None, "layers": [], "environment": {}}) == {}
    assert changes(FUNCTION, {"publish": False}, {}) == {"publish": "delete"}
    with_empty = {"environment": {"variables": {"A": "x", "EMPTY": ""}}}
    without = {"environment": {"variables": {"A": "x"}}}
    assert changes(FUNCTION, without, with_empty) == {"environment.variables.EMPTY": "add"}
    assert changes(FUNCTION, with_empty, without) == {"environment.variables.EMPTY": "delete"}


def test_a_value_that_is_not_known_yet_is_a_change() -> None:
    assert changes(FUNCTION, {"role": "a"}, {"role": UNKNOWN}) == {"role": "update"}
    assert changes(FUNCTION, {}, {"description": UNKNOWN}) == {"description": "add"}


def test_what_aws_chooses_when_absent_is_no_change_when_left_out() -> None:
    assert changes(FUNCTION, {"architectures": ["arm64"]}, {}) == {}
    assert changes(FUNCTION, {"architectures": ["arm64"]}, {"architectures": ["x86_64"]}) == {
        "architectures[0]": "update"
    }


def test_the_provider_s_bookkeeping_is_no_difference() -> None:
    assert changes(FUNCTION, {"__defaults": ["a"]}, {"__defaults": ["b"]}) == {}


def test_code_is_compared_by_its_content() -> None:
    here = Archive(assets={"a.py": Asset(path="/here/a.py", hash="1")}, hash="9")
    there = Archive(assets={"a.py": Asset(path="/there/a.py", hash="1")}, hash="9")
    assert changes(FUNCTION, {"code": here}, {"code": there}) == {}
    assert changes(FUNCTION, {"code": here}, {"code": replace(there, hash="8")}) == {"code": "update"}


def test_documents_are_compared_by_meaning() -> None:
    one = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["b", "a"], "Resource": ["*"]}}
    same = {"Statement": [{"Resource": "*", "Action": ["a", "b"], "Effect": "Allow"}], "Version": "2012-10-17"}
    other = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["a"], "Resource": "*"}]}
    old = {"assumeRolePolicy": json.dumps(one, indent=2)}
    assert changes(ROLE, old, {"assumeRolePolicy": json.dumps(same)}) == {}
    assert changes(ROLE, old, {"assumeRolePolicy": json.dumps(other)}) == {"assumeRolePolicy": "update"}
    assert changes(ROLE, old, {"assumeRolePolicy": "not a document"}) == {"assumeRolePolicy": "update"}


def test_only_policies_are_read_as_iam_reads_them() -> None:
    assert canonical_document('{"enum": ["a"]}') != canonical_document('{"enum": "a"}')
    assert canonical_document('{"required": ["a", "b"]}') != canonical_document('{"required": ["b", "a"]}')


def test_sets_have_no_order() -> None:
    one = {"name": "one", "policy": '{"Statement": []}'}
    two = {"name": "two", "policy": '{"Statement": []}'}
    reworded = {"name": "two", "policy": '{ "Statement":  [] }'}
    assert changes(ROLE, {"inlinePolicies": [one, two]}, {"inlinePolicies": [reworded, one]}) == {}
    changed = {"name": "two", "policy": '{"Statement": [1]}'}
    assert changes(ROLE, {"inlinePolicies": [one, two]}, {"inlinePolicies": [changed, one]}) == {
        "inlinePolicies[0].policy": "update"
    }
    assert changes(ROLE, {"managedPolicyArns": ["a", "b"]}, {"managedPolicyArns": ["b"]}) == {
        "managedPolicyArns[1]": "delete"
    }
    assert changes(ROLE, {"managedPolicyArns": ["b"]}, {"managedPolicyArns": ["a", "b"]}) == {
        "managedPolicyArns[0]": "add"
    }


def test_replacing_inputs_replace_and_a_region_always_does() -> None:
    old = {"name": "a", "timeout": 3}
    assert replaced(FUNCTION, old, {"name": "b", "timeout": 4, "region": "eu-west-1"}) == {"name", "region"}
    nested = replace(FUNCTION, replaces=frozenset({"vpcConfig.subnetIds"}))
    vpc = {"vpcConfig": {"subnetIds": ["a"], "securityGroupIds": ["b"]}}
    moved = {"vpcConfig": {"subnetIds": ["c"], "securityGroupIds": ["d"]}}
    assert replaced(nested, vpc, moved) == {"vpcConfig.subnetIds[0]"}


def test_every_kind_of_change_is_told() -> None:
    assert {
        each.change for each in differences(FUNCTION, {"timeout": 1, "runtime": "a"}, {"timeout": 2, "role": "b"})
    } == set(Change)


def test_a_preview_of_a_creation_knows_inputs_and_names_what_aws_decides() -> None:
    planned = planned_create(
        LOG_GROUP, {"name": "a", "retentionInDays": 7}, region="eu-west-1", tags_all={"Team": "platform"}
    )
    assert planned["name"] == "a"
    assert planned["arn"] is UNKNOWN
    assert planned["logGroupClass"] is UNKNOWN
    assert planned["region"] == "eu-west-1"
    assert planned["tagsAll"] == {"Team": "platform"}
    assert "kmsKeyId" not in planned


def test_a_preview_of_an_update_keeps_what_stays_and_names_what_is_made_anew() -> None:
    state = {"arn": "arn", "codeSha256": "old", "version": "1", "description": "gone", "architectures": ["arm64"]}
    inputs = {"code": Archive(hash="new"), "timeout": 9}
    changed = frozenset({"code", "timeout", "description"})
    planned = planned_update(FUNCTION, state, inputs, changed, region="eu-west-1", tags_all={})
    assert planned["arn"] == "arn"
    assert planned["timeout"] == 9
    assert planned["codeSha256"] is UNKNOWN
    assert planned["version"] is UNKNOWN
    assert planned["architectures"] == ["arm64"]
    assert "description" not in planned


def test_an_output_that_the_class_does_not_have_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="aws:cloudwatch/logGroup:LogGroup has no output name2"):
        complete(LOG_GROUP, {"name2": "a"}, {}, region="eu-west-1", default_tags={})


def test_default_tags_are_the_user_s_only_when_the_user_says_them_too() -> None:
    live = {"name": "a", "tagsAll": {"Owner": "us", "Team": "platform", "Stage": "test"}}
    defaults = {"Owner": "us", "Stage": "prod"}
    state = complete(LOG_GROUP, live, {"tags": {"Team": "platform"}}, region="r", default_tags=defaults)
    assert state["tags"] == {"Team": "platform", "Stage": "test"}
    state = complete(LOG_GROUP, live, {"tags": {"Owner": "us"}}, region="r", default_tags=defaults)
    assert state["tags"]["Owner"] == "us"
    assert merged_tags({"a": "1", "b": "2"}, {"b": "3"}) == {"a": "1", "b": "3"}
    assert merged_tags({"a": "1"}, UNKNOWN) is UNKNOWN


def refreshed(table: Any, old: dict[str, Any], before: dict[str, Any], live: dict[str, Any]) -> dict[str, Any]:
    inputs = refreshed_inputs(table, old, before, live)
    return {name: value for name, value in inputs.items() if name != "__defaults"}


def test_a_refresh_keeps_the_user_s_form_while_it_means_the_same() -> None:
    reworded = '{ "Statement":  [] }'
    old = {"assumeRolePolicy": reworded, "managedPolicyArns": ["b", "a"], "description": ""}
    live = {"assumeRolePolicy": '{"Statement":[]}', "managedPolicyArns": ["a", "b"], "description": ""}
    assert refreshed(ROLE, old, live, live) == old


def test_a_refresh_takes_aws_s_value_for_what_drifted() -> None:
    old = {"timeout": 3, "environment": {"variables": {"A": "1"}}}
    before = {"timeout": 3, "environment": {"variables": {"A": "1"}}, "description": ""}
    live = {"timeout": 9, "environment": {"variables": {"A": "1", "B": ""}}, "description": "new", "layers": []}
    assert refreshed(FUNCTION, old, before, live) == {
        "timeout": 9,
        "environment": {"variables": {"A": "1", "B": ""}},
        "description": "new",
    }
    assert refreshed(FUNCTION, old, before, {**before, "environment": None}) == {"timeout": 3}


def test_members_that_aws_fills_in_are_no_drift_unless_they_change() -> None:
    old = {"vpcConfig": {"subnetIds": ["a"], "securityGroupIds": ["b"]}}
    before = {"vpcConfig": {**old["vpcConfig"], "vpcId": "vpc-1", "ipv6AllowedForDualStack": False}}
    assert refreshed(FUNCTION, old, before, before) == old
    live = {"vpcConfig": {**before["vpcConfig"], "ipv6AllowedForDualStack": True}}
    assert refreshed(FUNCTION, old, before, live) == {
        "vpcConfig": {**old["vpcConfig"], "ipv6AllowedForDualStack": True}
    }


def test_an_import_takes_what_the_user_could_have_said() -> None:
    live = {"name": "a", "retentionInDays": 7, "kmsKeyId": "", "logGroupClass": "STANDARD", "arn": "arn", "tags": {}}
    assert refreshed(LOG_GROUP, {}, {}, live) == {"name": "a", "retentionInDays": 7, "skipDestroy": False}


def test_write_only_inputs_stay_as_they_are() -> None:
    assert refreshed(LOG_GROUP, {"skipDestroy": True, "retentionInDays": 7}, {}, {"retentionInDays": 7}) == {
        "skipDestroy": True,
        "retentionInDays": 7,
    }
