"""The rules of seed contract and design for plugins: order, results, denials, and folders that are no chain."""

import json
from pathlib import Path
from typing import Any

import pytest

from authorizer.authorization import build_handler
from authorizer.chain import Chain, load_chain
from authorizer.denial import NotAuthenticated, NotPermitted
from jwt_verification.errors import TokenExpired
from secret_store.errors import SecretUnavailable
from tests.functions.support import LAMBDA_CONTEXT, STAGE_ARN, Authorizer, chain_of, token_event

CALLER = {"principal_id": "caller"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for plugins."""
    directory = tmp_path / "plugins"
    directory.mkdir()
    return directory


def write(folder: Path, **files: str) -> Chain:
    for name, source in files.items():
        (folder / f"{name}.py").write_text(source)
    return load_chain(str(folder))


def returning(result: str) -> str:
    return f"def validate(auth_context):\n    return {result}\n"


def forbidden(authorizer: Authorizer) -> str:
    """The reason of a 403: a policy without the method, with the reason in the context."""
    answer = authorizer.handle(token_event(), LAMBDA_CONTEXT)
    [statement] = answer["policyDocument"]["Statement"]
    assert statement == {"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": [f"{STAGE_ARN}/*/*"]}
    reason = authorizer.last_record["reason"]
    assert answer["context"] == {"reason": reason, "message": reason.replace("_", " ").capitalize()}
    return authorizer.last_record["reason"]


def test_plugins_run_in_alphabetical_order_and_later_ones_override(folder: Path) -> None:
    chain = write(
        folder,
        **{
            "10_last": returning('{"context": {"order": auth_context["context"]["order"] + "c", "last": True}}'),
            "02_second": returning(
                '{"principal_id": "second", "context": {"order": auth_context["context"]["order"] + "b"}}'
            ),
            "01_first": returning('{"principal_id": "first", "context": {"order": "a", "kept": 1}}'),
        },
    )
    answer = Authorizer(chain).allows(token_event())
    assert answer["principalId"] == "second"
    assert answer["context"] == {"order": "abc", "kept": 1, "last": True}


def test_files_with_an_underscore_are_no_plugins_and_can_be_imported_by_plugins(folder: Path) -> None:
    (folder / "_names_for_test.py").write_text("CALLER = 'from the shared file'\n")
    source = "from _names_for_test import CALLER\ndef validate(auth_context):\n    return {'principal_id': CALLER}\n"
    chain = write(folder, **{"01_plugin": source})
    assert [plugin.name for plugin in chain.plugins] == ["01_plugin"]
    assert Authorizer(chain).allows(token_event())["principalId"] == "from the shared file"


def test_a_file_named_like_a_module_of_the_standard_library_does_not_take_its_place(folder: Path) -> None:
    (folder / "_colorize_or_bisect.py").write_text("")
    chain = write(
        folder,
        fractions=returning('{"principal_id": "caller"}'),
        zz_uses_it="import fractions\ndef validate(auth_context):\n    return fractions.Fraction(1, 2) == 0.5\n",
    )
    Authorizer(chain).allows(token_event())


def test_other_files_in_the_folder_are_ignored(folder: Path) -> None:
    for name in ("README.md", "rules.json", "01_plugin.pyc", "notes.py.txt"):
        (folder / name).write_text("not a plugin")
    (folder / "__pycache__").mkdir()
    chain = write(folder, **{"01_plugin": returning("{'principal_id': 'caller'}")})
    assert [plugin.name for plugin in chain.plugins] == ["01_plugin"]


def test_true_passes_and_adds_nothing() -> None:
    answer = Authorizer(chain_of(True, CALLER, True)).allows(token_event())
    assert (answer["principalId"], answer["context"]) == ("caller", {})


@pytest.mark.parametrize("result", [None, False, 0, 1, 1.0, "", "True", "allow", [], [True], (), object, bool])
def test_anything_but_true_and_a_dict_denies(result: Any) -> None:
    def plugin(_auth_context: dict[str, Any]) -> Any:
        return result

    authorizer = Authorizer(chain_of(CALLER, plugin))
    assert authorizer.refuses(token_event()) == "denied_by_plugin"
    assert authorizer.last_record["denied_by"] == "02_plugin"


def test_a_subclass_of_dict_is_not_a_result() -> None:
    class Result(dict[str, Any]):
        pass

    assert Authorizer(chain_of(Result(CALLER))).refuses(token_event()) == "denied_by_plugin"


@pytest.mark.parametrize(
    "result",
    [
        {},
        {"principalId": "caller"},
        {"principal_id": "caller", "scope": "admin"},
        {"principal_id": None},
        {"principal_id": ""},
        {"principal_id": 5},
        {"principal_id": ["caller"]},
        {"principal_id": "line\nend"},
        {"principal_id": "\ud800"},
        {"principal_id": "x" * 2_049},
        {"principal_id": "caller", "context": None},
        {"principal_id": "caller", "context": []},
        {"principal_id": "caller", "context": {"nested": {}}},
        {"principal_id": "caller", "context": {"list": ["a"]}},
        {"principal_id": "caller", "context": {"none": None}},
        {"principal_id": "caller", "context": {"bytes": b"a"}},
        {"principal_id": "caller", "context": {"nan": float("nan")}},
        {"principal_id": "caller", "context": {"infinite": float("inf")}},
        {"principal_id": "caller", "context": {"thousands of digits": 10**5_000}},
        {"principal_id": "caller", "context": {"surrogate": "\ud800"}},
        {"principal_id": "caller", "context": {5: "number as a name"}},
        {"principal_id": "caller", "context": {"": "no name"}},
        {"principal_id": "caller", "context": {"principalId": "root"}},
        {"principal_id": "caller", "context": {"integrationLatency": 1}},
        {"principal_id": "caller", "routes": "GET /hello"},
        {"principal_id": "caller", "routes": ["/hello"]},
        {"principal_id": "caller", "routes": ["GET hello"]},
        {"principal_id": "caller", "routes": ["FETCH /hello"]},
        {"principal_id": "caller", "routes": ["get /hello"]},
        {"principal_id": "caller", "routes": ["GET /hell?"]},
        {"principal_id": "caller", "routes": ["GET /${aws:username}"]},
        {"principal_id": "caller", "routes": ["GET /" + "a" * 300]},
        {"principal_id": "caller", "routes": ["GET /a b"]},
        {"principal_id": "caller", "routes": ["GET /é"]},
        {"principal_id": "caller", "routes": [5]},
        {"principal_id": "caller", "routes": {"GET /hello": 1}},
    ],
)
def test_a_malformed_result_denies(result: dict[str, Any]) -> None:
    assert Authorizer(chain_of({"principal_id": "before"}, result)).refuses(token_event()) == "malformed_plugin_result"


@pytest.mark.parametrize("value", ["text", "", "é", 1, -1, 2**63 - 1, 0.5, True, False])
def test_every_scalar_that_api_gateway_takes_may_be_in_the_context(value: Any) -> None:
    answer = Authorizer(chain_of({"principal_id": "caller", "context": {"name": value}})).allows(token_event())
    assert answer["context"] == {"name": value}


def test_a_chain_that_names_no_principal_denies() -> None:
    assert Authorizer(chain_of(True, {"context": {"a": 1}})).refuses(token_event()) == "no_principal"


def test_a_chain_without_plugins_denies_by_default() -> None:
    assert Authorizer(Chain()).refuses(token_event()) == "denied_by_default"


class CodedByClassError(Exception):
    code = "library_reason"


class CodedByInstanceError(Exception):
    def __init__(self) -> None:
        self.code = "eyJhbGciOi"


class CodedByNumberError(Exception):
    code = 404


class ForgotTheReason(NotAuthenticated):
    def __init__(self) -> None:
        pass


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError("token eyJhbGciOi was bad"), "plugin_error"),
        (KeyError("secret"), "plugin_error"),
        (NotAuthenticated("api_key_unknown"), "api_key_unknown"),
        (TokenExpired("exp", "the token has expired"), "token_expired"),
        (SecretUnavailable("down"), "secret_unavailable"),
        (CodedByClassError(), "library_reason"),
        (CodedByInstanceError(), "plugin_error"),
        (CodedByNumberError(), "plugin_error"),
        (ForgotTheReason(), "plugin_error"),
        (SystemExit(0), "plugin_error"),
        (GeneratorExit(), "plugin_error"),
        (MemoryError(), "plugin_error"),
        (RecursionError(), "plugin_error"),
        (StopIteration(), "plugin_error"),
    ],
)
def test_an_exception_denies_at_once_with_a_stable_reason(error: BaseException, reason: str) -> None:
    def must_not_run(_auth_context: dict[str, Any]) -> bool:
        raise AssertionError("a plugin ran after a denial")

    authorizer = Authorizer(chain_of(CALLER, error, must_not_run))
    assert authorizer.refuses(token_event()) == reason
    assert authorizer.last_record["denied_by"] == "02_plugin"
    assert "eyJhbGciOi" not in "".join(authorizer.log)


def test_a_caller_who_is_known_and_not_permitted_gets_a_policy_with_the_reason() -> None:
    assert forbidden(Authorizer(chain_of(CALLER, NotPermitted("insufficient_scope")))) == "insufficient_scope"


def test_a_denial_keeps_the_principal_that_earlier_plugins_established() -> None:
    authorizer = Authorizer(chain_of(CALLER, NotPermitted("insufficient_scope")))
    assert authorizer.handle(token_event(), LAMBDA_CONTEXT)["principalId"] == "caller"
    nobody = Authorizer(chain_of(NotPermitted("source_blocked")))
    assert nobody.handle(token_event(), LAMBDA_CONTEXT)["principalId"] == "unknown"


@pytest.mark.parametrize("denial", [NotAuthenticated, NotPermitted])
@pytest.mark.parametrize("reason", ["", "Insufficient scope", "x" * 65, "é", "a-b", "token\n", 5, None])
def test_a_reason_that_is_not_a_code_is_refused_where_it_is_written(denial: type[Exception], reason: Any) -> None:
    with pytest.raises(ValueError, match="lower-case letters"):
        denial(reason)


BROKEN: dict[str, tuple[str, str]] = {
    "does not compile": ("def validate(auth_context)\n    return True\n", "plugin_does_not_import"),
    "is not UTF-8": ("\udcff", "plugin_does_not_import"),
    "holds a NUL": ("\x00", "plugin_does_not_import"),
    "imports what is not there": ("import a_module_that_nobody_has\n", "plugin_does_not_import"),
    "raises at import": ("raise RuntimeError('secret in a message')\n", "plugin_does_not_import"),
    "ends the process at import": ("import sys\nsys.exit(0)\n", "plugin_does_not_import"),
    "is empty": ("", "plugin_without_validate"),
    "has a validate that is a value": ("validate = True\n", "plugin_without_validate"),
    "has a validate of another name": ("def Validate(auth_context):\n    return True\n", "plugin_without_validate"),
}


@pytest.mark.parametrize(("source", "reason"), BROKEN.values(), ids=BROKEN)
def test_one_broken_file_makes_a_chain_that_denies_everything(folder: Path, source: str, reason: str) -> None:
    (folder / "02_broken.py").write_bytes(source.encode(errors="surrogateescape"))
    chain = write(folder, **{"01_good": returning("{'principal_id': 'caller'}"), "03_good": returning("True")})
    authorizer = Authorizer(chain)
    fault = json.loads(authorizer.log[0])
    assert (fault["level"], fault["file"], fault["reason"]) == ("ERROR", "02_broken.py", reason)
    assert "secret in a message" not in authorizer.log[0]
    assert authorizer.refuses(token_event()) == reason
    assert authorizer.last_record["denied_by"] == "02_broken.py"


def test_a_broken_file_is_named_with_the_line(folder: Path) -> None:
    chain = write(folder, **{"01_broken": "\n\nTOKEN = {}['TOKEN_ISSUER']\n"})
    assert json.loads(Authorizer(chain).log[0])["detail"] == "KeyError in line 3"
    chain = write(folder, **{"01_broken": "def validate(:\n"})
    assert json.loads(Authorizer(chain).log[0])["detail"] == "SyntaxError in line 1"


def test_a_folder_in_the_place_of_a_file_denies(folder: Path) -> None:
    (folder / "01_folder.py").mkdir()
    assert Authorizer(load_chain(str(folder))).refuses(token_event()) == "plugin_does_not_import"


def test_a_folder_that_does_not_exist_or_has_no_plugin_denies(folder: Path) -> None:
    assert Authorizer(load_chain(str(folder / "other"))).refuses(token_event()) == "plugins_directory_missing"
    (folder / "_shared.py").write_text("")
    assert Authorizer(load_chain(str(folder))).refuses(token_event()) == "no_plugins"


def test_a_defect_of_the_authorizer_itself_denies_and_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    authorizer = Authorizer(chain_of(CALLER))
    monkeypatch.setattr("authorizer.authorization.policy_for", lambda *_: 1 / 0)
    assert authorizer.refuses(token_event()) == "internal_error"
    assert authorizer.last_record["detail"] == "ZeroDivisionError"


def test_a_decision_that_cannot_be_logged_is_a_denial() -> None:
    def full_disk(_line: str) -> None:
        raise OSError("No space left on device")

    handle = build_handler(chain=chain_of(CALLER), write=full_disk)
    with pytest.raises(Exception, match=r"\AUnauthorized\Z") as caught:
        handle(token_event(), LAMBDA_CONTEXT)
    assert type(caught.value) is Exception


def test_the_keyboard_still_stops_a_local_run() -> None:
    with pytest.raises(KeyboardInterrupt):
        Authorizer(chain_of(KeyboardInterrupt())).handle(token_event(), LAMBDA_CONTEXT)
