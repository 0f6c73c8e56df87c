"""`guardrails.policy_documents` and `policy_carriers`: what is read, what is a fault, and that nothing is guessed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.policy_carriers import attached_policies, identity_policies
from guardrails.policy_documents import (
    Answer,
    PolicyDocument,
    Statement,
    Texts,
    Unreadable,
    action_matches,
    document,
    matches,
)
from guardrails.properties import Known, Malformed, Missing, Unknown, read
from guardrails.resources import Resource
from tests.policy.judging import UNKNOWN

READ = "secretsmanager:GetSecretValue"
ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": READ, "Resource": "arn:aws:secretsmanager:::secret:a"}


def text(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def parsed(value: object) -> PolicyDocument:
    found = document(read({"policy": value}, "policy"))
    assert isinstance(found, PolicyDocument), found
    return found


def only(value: object) -> Statement:
    (statement,) = parsed(value).statements
    return statement


def test_a_document_is_read_from_its_text_and_from_an_object_alike() -> None:
    statements = [
        {
            "Sid": "Read",
            "Effect": "Allow",
            "Action": ["s3:GetObject", READ],
            "NotResource": "arn:aws:s3:::private/*",
            "Principal": {"AWS": ["111122223333"], "Service": "lambda.amazonaws.com"},
            "Condition": {"Bool": {"aws:SecureTransport": True}, "NumericLessThan": {"s3:max-keys": 10}},
        }
    ]
    whole = {"Version": "2012-10-17", "Statement": statements}
    from_text, from_object = only(json.dumps(whole)), only(whole)
    assert from_text == from_object
    assert from_text == Statement(
        place="Statement[0]",
        effect="Allow",
        actions=Texts(known=("s3:GetObject", READ)),
        not_resources=Texts(known=("arn:aws:s3:::private/*",)),
        principals={"AWS": Texts(known=("111122223333",)), "Service": Texts(known=("lambda.amazonaws.com",))},
        conditions={
            "Bool": {"aws:SecureTransport": Texts(known=("true",))},
            "NumericLessThan": {"s3:max-keys": Texts(known=("10",))},
        },
    )


def test_a_single_statement_needs_no_list_and_everyone_is_a_principal() -> None:
    statement = only(json.dumps({"Statement": {**ALLOW, "Principal": "*"}}))
    assert statement.place == "Statement"
    assert statement.principals == {"*": Texts(known=("*",))}


def test_what_is_not_known_waits_and_hides_no_other_statement() -> None:
    found = parsed({"Statement": [UNKNOWN, {**ALLOW, "Resource": [UNKNOWN, "*"]}, ALLOW, {**ALLOW, "Effect": UNKNOWN}]})
    assert found.waiting == ("Statement[0]",)
    assert [statement.waiting for statement in found.statements] == [("Resource",), (), ("Effect",)]
    assert found.statements[0].resources == Texts(known=("*",), waits=True)
    assert document(read({"policy": UNKNOWN}, "policy")) == Unknown()
    assert document(read({}, "policy")) == Missing()


FAULTS = {
    "an effect in other letters": ({**ALLOW, "Effect": "allow"}, "Statement[0].Effect is neither Allow nor Deny"),
    "no effect": ({"Action": READ}, "Statement[0].Effect is neither Allow nor Deny"),
    "no action": ({"Effect": "Allow"}, "Statement[0] has neither Action nor NotAction"),
    "a null action": ({**ALLOW, "Action": None}, "Statement[0] has neither Action nor NotAction"),
    "both actions": ({**ALLOW, "NotAction": "a:b"}, "Statement[0] has both Action and NotAction"),
    "both resources": ({**ALLOW, "NotResource": "a"}, "Statement[0] has both Resource and NotResource"),
    "an element in other letters": ({**ALLOW, "resource": "*"}, "Statement[0] has elements that a statement does not"),
    "a number as action": ({**ALLOW, "Action": 5}, "Statement[0].Action is not a text or a list of texts"),
    "an object as resource": ({**ALLOW, "Resource": {"a": "b"}}, "Statement[0].Resource is not a text"),
    "an empty list": ({**ALLOW, "Action": []}, "Statement[0].Action is an empty list"),
    "an empty text": ({**ALLOW, "Action": ""}, "Statement[0].Action is not a text"),
    "a principal that is a text": ({**ALLOW, "Principal": "me"}, "Statement[0].Principal is neither * nor"),
    "a condition that is a list": ({**ALLOW, "Condition": []}, "Statement[0].Condition is not an object"),
    "an operator without keys": ({**ALLOW, "Condition": {"Bool": "x"}}, "Statement[0].Condition has an operator"),
    "a text as statement": ("Allow", "Statement[0] is not an object"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_statement_that_cannot_be_judged_is_a_fault_and_hides_no_other_one(case: str) -> None:
    statement, fault = FAULTS[case]
    found = parsed(text(statement, ALLOW))
    assert [each.place for each in found.statements] == ["Statement[1]"]
    assert any(each.startswith(fault) for each in found.faults), found.faults


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("", "is not the JSON text of a policy"),
        ("hunter2", "is not the JSON text of a policy"),
        ("[]", "is not the JSON text of a policy"),
        ('{"Statement": NaN}', "is not the JSON text of a policy"),
        ("[" * 100_000, "is not the JSON text of a policy"),
        ('{"Statement": [], "Statement": []}', "has a member twice in one object"),
        ('{"Statement": [{"Effect": "Deny", "Effect": "Allow"}]}', "has a member twice in one object"),
        ("{}", "has no Statement"),
        ('{"statement": []}', "has members that a policy does not have"),
        (5.0, "is neither the JSON text of a policy nor an object"),
    ],
)
def test_what_is_no_document_is_unreadable_and_not_repeated(value: object, problem: str) -> None:
    assert document(Known(value)) == Unreadable(problem=problem)


def test_a_property_in_something_that_is_no_object_is_unreadable() -> None:
    assert isinstance(document(Malformed(at="a")), Unreadable)


ANSWERS = {
    "the action itself": ({"Action": READ}, Answer.YES),
    "other letters": ({"Action": "SECRETSMANAGER:getsecretvalue"}, Answer.YES),
    "a pattern": ({"Action": ["s3:*", "secretsmanager:Get*"]}, Answer.YES),
    "single letters": ({"Action": "secretsmanager:GetSecretValu?"}, Answer.YES),
    "everything": ({"Action": "*"}, Answer.YES),
    "another action": ({"Action": "secretsmanager:DescribeSecret"}, Answer.NO),
    "all but another action": ({"NotAction": "iam:*"}, Answer.YES),
    "all but this action": ({"NotAction": "secretsmanager:*"}, Answer.NO),
    "a denied action": ({"Action": "*", "Effect": "Deny"}, Answer.NO),
    "an unknown action": ({"Action": [UNKNOWN, "s3:*"]}, Answer.WAITS),
    "an unknown action beside it": ({"Action": [UNKNOWN, READ]}, Answer.YES),
    "an unknown exception": ({"NotAction": [UNKNOWN]}, Answer.WAITS),
    "an unknown exception beside it": ({"NotAction": [UNKNOWN, READ]}, Answer.NO),
    "an unknown effect": ({"Action": READ, "Effect": UNKNOWN}, Answer.WAITS),
    "an unknown effect on another action": ({"Action": "s3:*", "Effect": UNKNOWN}, Answer.NO),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_a_statement_tells_whether_it_allows_an_action(case: str) -> None:
    elements, answer = ANSWERS[case]
    assert only({"Statement": [{"Effect": "Allow", "Resource": "*", **elements}]}).allows(READ) is answer


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ("", "", True),
        ("", "a", False),
        ("*", "", True),
        ("a*c", "abbc", True),
        ("a*c", "abcd", False),
        ("a?c", "ac", False),
        ("*b*", "abc", True),
        ("[a]", "a", False),
        ("[a]", "[a]", True),
        ("a.c", "abc", False),
        ("A", "a", False),
    ],
)
def test_wildcards_are_those_of_iam_and_no_others(pattern: str, value: str, fits: bool) -> None:
    assert matches(pattern, value) is fits


def test_a_pattern_of_many_wildcards_is_matched_in_good_time() -> None:
    assert not matches("*a" * 500 + "b", "a" * 5_000)


@given(st.text(alphabet="ab*?"), st.text(alphabet="ab"))
def test_a_text_fits_itself_and_everything_fits_a_star(pattern: str, value: str) -> None:
    assert matches(value, value)
    assert matches(f"*{value}*", f"{pattern}{value}{pattern}".replace("*", "").replace("?", ""))
    assert action_matches(pattern.upper(), value) is action_matches(pattern, value.upper())


@given(
    st.recursive(
        st.none() | st.booleans() | st.text() | st.just(UNKNOWN) | st.just("*"),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["Effect", "Action", "Principal", "Condition", "Resource", "Statement"]), inner
            )
        ),
    )
)
def test_no_value_makes_reading_fail(value: Any) -> None:
    document(read({"policy": {"Statement": value}}, "policy"))
    document(read({"policy": value}, "policy"))


def resource(type_token: str, **properties: object) -> Resource:
    return Resource(type=type_token, name="one", urn="urn:one", properties=properties)


ROLE = "aws:iam/role:Role"


def test_the_policies_of_a_role_are_found_one_by_one() -> None:
    role = resource(
        ROLE, inlinePolicies=[{"name": "a", "policy": "{}"}, {"name": "b"}, UNKNOWN, "c", {"policy": UNKNOWN}]
    )
    assert list(identity_policies(role)) == [
        ("inlinePolicies[0].policy", Known("{}")),
        ("inlinePolicies[1].policy", Missing()),
        ("inlinePolicies[2].policy", Unknown()),
        ("inlinePolicies[3].policy", Malformed(at="inlinePolicies[3]")),
        ("inlinePolicies[4].policy", Unknown()),
    ]
    assert list(identity_policies(resource(ROLE))) == []
    assert list(identity_policies(resource(ROLE, inlinePolicies=UNKNOWN))) == [("inlinePolicies", Unknown())]
    assert list(identity_policies(resource(ROLE, inlinePolicies="x"))) == [
        ("inlinePolicies", Malformed(at="inlinePolicies"))
    ]


def test_policies_of_other_types_and_attachments_are_found() -> None:
    assert list(identity_policies(resource("aws:iam/policy:Policy", policy="{}"))) == [("policy", Known("{}"))]
    assert list(identity_policies(resource("aws:s3/bucket:Bucket", policy="{}"))) == []
    assert list(attached_policies(resource(ROLE, managedPolicyArns=["a", UNKNOWN]))) == [
        ("managedPolicyArns[0]", Known("a")),
        ("managedPolicyArns[1]", Unknown()),
    ]
    assert list(attached_policies(resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", policyArn="a"))) == [
        ("policyArn", Known("a"))
    ]
    assert list(attached_policies(resource("aws:s3/bucket:Bucket"))) == []
