"""Policy variables have the values of their keys, and what has no value opens nothing."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fidelity.tenants import Tenants, allow, code_of, document
from tests.support.sandbox import ACCOUNT_ID, REGION, RunningSandbox

PARAMETERS = f"arn:aws:ssm:{REGION}:{ACCOUNT_ID}:parameter"
TEAM = "aws:PrincipalTag/team"


@pytest.fixture(scope="module")
def tenants(sandbox: RunningSandbox) -> Tenants:
    ready = Tenants(sandbox=sandbox)
    _prepare(ready)
    return ready


@pytest.fixture(scope="module")
def bare_tenants(bare: RunningSandbox) -> Tenants:
    ready = Tenants(sandbox=bare)
    _prepare(ready)
    return ready


def _prepare(tenants: Tenants) -> None:
    for name in ("/red/one", "/blue/one", "/common/one"):
        tenants.sandbox.client("ssm").put_parameter(Name=name, Value="v", Type="String")
    iam = tenants.sandbox.client("iam")
    iam.create_user(UserName="names-teams")
    iam.put_user_policy(
        UserName="names-teams",
        PolicyName="begin",
        PolicyDocument=document(allow(["sts:AssumeRole", "sts:TagSession"], "*")),
    )
    tenants.user = iam.create_access_key(UserName="names-teams")["AccessKey"]


def reached(tenants: Tenants, statements: list[Mapping[str, Any]], **tags: str) -> list[str]:
    """Which of the three parameters a session with these tags may read."""
    client = tenants.sandbox.client("ssm", credentials=tenants.session(tenants.role(*statements), **tags))
    return [name for name in ("red", "blue", "common") if _reads(client, f"/{name}/one")]


def _reads(client: Any, name: str) -> bool:
    try:
        client.get_parameter(Name=name)
    except ClientError as error:
        if code_of(error) != "AccessDeniedException":
            raise
        return False
    return True


READ = "ssm:GetParameter"
DENY_OTHERS = {
    "Effect": "Deny",
    "Action": READ,
    "NotResource": f"{PARAMETERS}/${{{TEAM}}}/*",
}


def test_without_the_modules_a_variable_is_plain_text(bare_tenants: Tenants) -> None:
    assert reached(bare_tenants, [allow(READ, f"{PARAMETERS}/${{{TEAM}}}/*")], team="red") == []


@pytest.mark.parametrize(
    ("statements", "tags", "expected"),
    [
        ([allow(READ, f"{PARAMETERS}/${{{TEAM}}}/*")], {"team": "red"}, ["red"]),
        ([allow(READ, f"{PARAMETERS}/${{{TEAM}}}/*")], {"team": "blue"}, ["blue"]),
        ([allow(READ, f"{PARAMETERS}/${{{TEAM}}}/*")], {}, []),
        ([allow(READ, f"{PARAMETERS}/${{{TEAM}, 'common'}}/*")], {}, ["common"]),
        ([allow(READ, f"{PARAMETERS}/${{{TEAM}, 'common'}}/*")], {"team": "red"}, ["red"]),
        ([allow(READ, f"{PARAMETERS}/${{*}}/*")], {"team": "red"}, []),
        ([allow(READ, f"{PARAMETERS}/*"), DENY_OTHERS], {"team": "red"}, ["red"]),
        ([allow(READ, f"{PARAMETERS}/*"), DENY_OTHERS], {}, []),
        ([allow(READ, "*", {"StringEquals": {TEAM: "${aws:PrincipalTag/wanted}"}})], {"team": "a", "wanted": "b"}, []),
        (
            [allow(READ, "*", {"StringEquals": {TEAM: "${aws:PrincipalTag/wanted}"}})],
            {"team": "a", "wanted": "a"},
            ["red", "blue", "common"],
        ),
        ([allow(READ, "*", {"StringNotEquals": {TEAM: "${aws:PrincipalTag/wanted}"}})], {"team": "a"}, []),
        ([allow(READ, "*", {"StringNotEqualsIfExists": {"aws:x": "${aws:PrincipalTag/wanted}"}})], {"team": "a"}, []),
    ],
)
def test_a_variable_has_the_value_of_its_key(
    tenants: Tenants, statements: list[Mapping[str, Any]], tags: dict[str, str], expected: list[str]
) -> None:
    assert reached(tenants, statements, **tags) == expected


def test_a_denial_whose_variable_has_no_value_denies(tenants: Tenants) -> None:
    denial = {"Effect": "Deny", "Action": READ, "Resource": "*", "Condition": {"StringEquals": {TEAM: f"${{{TEAM}}}"}}}
    assert reached(tenants, [allow(READ, "*"), denial]) == []


def test_in_a_policy_of_an_older_version_a_variable_is_plain_text(tenants: Tenants) -> None:
    role = tenants.role()
    old = document(allow(READ, f"{PARAMETERS}/${{{TEAM}}}/*")).replace("2012-10-17", "2008-10-17")
    tenants.sandbox.client("iam").put_role_policy(
        RoleName=role.rpartition("/")[2], PolicyName="old", PolicyDocument=old
    )
    client = tenants.sandbox.client("ssm", credentials=tenants.session(role, team="red"))
    assert not _reads(client, "/red/one")


@pytest.fixture
def evaluator(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module's pure parts, with a request in which keys have the given values."""
    monkeypatch.setenv("PERSIST_STATE", "0")
    from sandbox.fidelity.iam import policy_variables

    values = {"aws:name": "va*ue", "aws:many": ["a", "b"]}
    resolve: Callable[[str, Any], Any] = lambda key, _: values.get(key)  # noqa: E731 - one line says it
    monkeypatch.setattr(policy_variables, "iam_evaluator", SimpleNamespace(_resolve_condition_key=resolve))
    return policy_variables


def test_wildcards_of_a_value_are_characters_and_those_of_the_policy_are_not(evaluator: Any) -> None:
    pattern = evaluator.resolved("x/${aws:name}/${*}/${?}${$}/*", None)
    compiled = evaluator._compiling(None)(pattern, False)
    assert compiled.match("x/va*ue/*/?$/anything\nand more")
    assert not compiled.match("x/value/*/?$/anything")
    assert not compiled.match("x/va*ue/a/?$/anything")
    assert evaluator.plain(evaluator.resolved("${aws:name}", None)) == "va*ue"


@pytest.mark.parametrize("variable", ["${aws:many}", "${aws:none}", "${}", "${aws:none, unquoted}"])
def test_a_key_without_a_value_or_with_several_is_no_variable(evaluator: Any, variable: str) -> None:
    with pytest.raises(evaluator.UnresolvedError):
        evaluator.resolved(variable, None)


def test_a_name_does_not_match_itself_with_a_line_break(evaluator: Any) -> None:
    compiled = evaluator._compiling(None)("acme", False)
    assert compiled.match("acme")
    assert not compiled.match("acme\n")
