"""`validate(auth_context, *, secrets, clock)`: what a plugin asks for by name, and chains that ask for what is not."""

import json
from pathlib import Path
from typing import Any

import pytest

from authorizer.chain import Chain, load_chain
from authorizer.injection import Values, wanted_names
from authorizer.providers import STANDARD_PROVIDERS
from secret_store.cached_secrets import CachedSecrets
from secret_store.in_memory_source import InMemorySecrets
from secret_store.secret_source import SecretVersion
from tests.functions.support import NOW, SECRET_ARN, SETTINGS, Authorizer, Clock, signing_key_version, token_event

GIVEN: dict[str, Any] = {
    "environment": SETTINGS,
    "secret_source": InMemorySecrets(),
    "clock": Clock(),
    "monotonic_clock": Clock(0),
}
PASSES = "    return {'principal_id': 'caller'}\n"


def chain(folder: Path, files: dict[str, str], given: dict[str, Any] = GIVEN) -> Chain:
    for name, source in files.items():
        (folder / f"{name}.py").write_text(source)
    return load_chain(str(folder), given)


def fault(folder: Path, source: str, providers: str | None = None) -> tuple[str, str, str]:
    """Reason, file and detail of the fault in the log, for a chain that then denies with that reason."""
    files = {"01_plugin": source} if providers is None else {"01_plugin": source, "_providers": providers}
    authorizer = Authorizer(chain(folder, files))
    record = json.loads(authorizer.log[0])
    assert authorizer.refuses(token_event()) == record["reason"]
    return record["reason"], record["file"], record["detail"]


def test_the_context_alone_is_enough(tmp_path: Path) -> None:
    authorizer = Authorizer(chain(tmp_path, {"01_plugin": f"def validate(auth_context):\n{PASSES}"}))
    assert authorizer.allows(token_event())["principalId"] == "caller"


@pytest.mark.parametrize(
    "signature",
    [
        "auth_context, clock",
        "auth_context, *, clock",
        "auth_context, /, clock",
        "auth_context, /, *, clock",
        "auth_context, clock, limit=5",
        "auth_context, limit=5, *, other=6, clock",
        "auth_context, *rest, clock, **more",
    ],
)
def test_a_parameter_after_the_first_is_given_by_name(tmp_path: Path, signature: str) -> None:
    source = f"def validate({signature}):\n    return {{'principal_id': 'caller', 'context': {{'now': clock()}}}}\n"
    assert Authorizer(chain(tmp_path, {"01_plugin": source})).allows(token_event())["context"] == {"now": NOW}


def test_a_parameter_with_a_default_keeps_it(tmp_path: Path) -> None:
    source = "def validate(auth_context, clock=None, nobody_provides=None):\n    assert clock is None\n" + PASSES
    Authorizer(chain(tmp_path, {"01_plugin": source})).allows(token_event())


@pytest.mark.parametrize(
    "source",
    [
        "class Plugin:\n    def validate(self, auth_context, clock):\n"
        "        clock()\n        return {'principal_id': 'x'}\nvalidate = Plugin().validate\n",
        "import functools\ndef validate(auth_context, clock):\n    clock()\n    return {'principal_id': 'x'}\n"
        "def traced(function):\n    @functools.wraps(function)\n    def inner(*args, **kwargs):\n"
        "        return function(*args, **kwargs)\n    return inner\nvalidate = traced(validate)\n",
        "validate = lambda auth_context, clock: clock() and {'principal_id': 'x'}\n",
        "class Plugin:\n    def __call__(self, auth_context):\n        return {'principal_id': 'x'}\n"
        "validate = Plugin()\n",
        "import functools\ndef check(kind, auth_context):\n    return {'principal_id': kind}\n"
        "validate = functools.partial(check, 'x')\n",
    ],
    ids=["a method", "a decorated function", "a lambda", "an object", "a partial function"],
)
def test_any_callable_can_be_a_validate(tmp_path: Path, source: str) -> None:
    assert Authorizer(chain(tmp_path, {"01_plugin": source})).allows(token_event())["principalId"] == "x"


def test_everything_that_is_documented_is_provided() -> None:
    documented = {
        "environment",
        "clock",
        "monotonic_clock",
        "secret_source",
        "secrets",
        "signing_keys",
        "token_verifier",
    }
    assert set(STANDARD_PROVIDERS) == documented
    values = Values(STANDARD_PROVIDERS, {"environment": SETTINGS, "secret_source": InMemorySecrets()})
    assert all(values[name] is not None for name in documented)


def test_a_value_is_made_once_for_the_whole_chain(tmp_path: Path) -> None:
    providers = "made = []\ndef provide_directory():\n    made.append(1)\n    return made\n"
    source = "def validate(auth_context, directory):\n    assert directory == [1]\n" + PASSES
    authorizer = Authorizer(chain(tmp_path, {"_providers": providers, "01_a": source, "02_b": source}))
    authorizer.allows(token_event())
    authorizer.allows(token_event())


def test_what_nobody_asks_for_is_not_made(tmp_path: Path) -> None:
    providers = "def provide_directory():\n    raise AssertionError\n"
    source = f"def validate(auth_context):\n{PASSES}"
    Authorizer(chain(tmp_path, {"_providers": providers, "01_a": source})).allows(token_event())


def test_a_chain_provides_values_of_its_own_from_those_that_there_are(tmp_path: Path) -> None:
    providers = (
        "def provide_now(clock):\n    return clock()\n"
        "def provide_issuer(environment):\n    return environment['TOKEN_ISSUER']\n"
        "def helper():\n    return None\n"
    )
    source = "def validate(auth_context, now, issuer):\n    return {'principal_id': issuer, 'context': {'now': now}}\n"
    answer = Authorizer(chain(tmp_path, {"_providers": providers, "01_a": source})).allows(token_event())
    assert (answer["principalId"], answer["context"]) == (SETTINGS["TOKEN_ISSUER"], {"now": NOW})


def test_a_chain_replaces_a_standard_provider_and_a_test_replaces_both(tmp_path: Path) -> None:
    providers = "def provide_clock():\n    return lambda: 5\n"
    source = "def validate(auth_context, clock):\n    return {'principal_id': str(clock())}\n"
    assert (
        Authorizer(chain(tmp_path, {"_providers": providers, "01_a": source}, {})).allows(token_event())["principalId"]
        == "5"
    )
    assert Authorizer(chain(tmp_path, {}, {"clock": lambda: 6})).allows(token_event())["principalId"] == "6"


def test_an_unknown_name_is_a_fault_that_denies_and_is_named(tmp_path: Path) -> None:
    source = "def validate(auth_context, *, databse):\n    return {'principal_id': 'caller'}\n"
    reason, file, detail = fault(tmp_path, source)
    assert (reason, file) == ("unknown_provider", "01_plugin.py")
    assert detail == (
        "nothing provides databse; there are: clock, environment, monotonic_clock, secret_source, secrets, "
        "signing_keys, token_verifier"
    )


def test_a_provider_that_wants_an_unknown_name_is_a_fault(tmp_path: Path) -> None:
    source = f"def validate(auth_context, directory):\n{PASSES}"
    reason, file, detail = fault(tmp_path, source, "def provide_directory(host):\n    return host\n")
    assert (reason, file, detail.split(";")[0]) == ("unknown_provider", "01_plugin.py", "nothing provides host")


@pytest.mark.parametrize(
    ("providers", "detail"),
    [
        ("\ndef provide_directory():\n    raise ValueError('hunter2')\n", "directory: ValueError in line 3"),
        ("import sys\ndef provide_directory():\n    sys.exit('hunter2')\n", "directory: SystemExit in line 3"),
        (
            "def provide_directory(environment):\n    return environment['DIRECTORY']\n",
            "directory: KeyError in line 2",
        ),
        ("def provide_directory(directory):\n    return 1\n", "directory: RecursionError"),
        (
            "def provide_directory(other):\n    return 1\ndef provide_other(directory):\n    return 1\n",
            "directory: RecursionError",
        ),
        ("async def provide_directory():\n    return 1\n", "a provider is asynchronous or a generator"),
        ("def provide_directory(clock, /):\n    return 1\n", "a provider wants more than auth_context without a name"),
    ],
)
def test_a_provider_that_fails_is_a_fault_and_its_message_goes_nowhere(
    tmp_path: Path, providers: str, detail: str
) -> None:
    source = f"def validate(auth_context, directory):\n{PASSES}"
    assert fault(tmp_path, source, providers) == ("provider_failed", "01_plugin.py", detail)


def test_providers_that_do_not_import_are_a_fault(tmp_path: Path) -> None:
    reason, file, _ = fault(tmp_path, f"def validate(auth_context):\n{PASSES}", "import nothing_like_it\n")
    assert (reason, file) == ("plugin_does_not_import", "_providers.py")


@pytest.mark.parametrize(
    ("source", "detail"),
    [
        (f"def validate():\n{PASSES}", "validate does not take auth_context"),
        (f"def validate(*, auth_context):\n{PASSES}", "validate does not take auth_context"),
        (f"def validate(a, clock, /):\n{PASSES}", "validate wants more than auth_context without a name"),
        (f"async def validate(auth_context):\n{PASSES}", "validate is asynchronous or a generator"),
        ("def validate(auth_context):\n    yield True\n", "validate is asynchronous or a generator"),
    ],
)
def test_a_validate_that_cannot_be_called_is_a_fault(tmp_path: Path, source: str, detail: str) -> None:
    assert fault(tmp_path, source) == ("plugin_without_validate", "01_plugin.py", detail)


def test_a_missing_setting_is_named_and_no_value_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SIGNING_KEY_SECRET_ARN", SECRET_ARN)
    source = f"def validate(auth_context, token_verifier):\n{PASSES}"
    authorizer = Authorizer(chain(tmp_path, {"01_plugin": source}, {"secret_source": InMemorySecrets()}))
    assert json.loads(authorizer.log[0])["detail"] == "token_verifier: the setting TOKEN_ISSUER is missing"
    assert SECRET_ARN not in authorizer.log[0]


def test_no_plugin_can_change_the_settings_that_the_next_one_reads(tmp_path: Path) -> None:
    source = (
        "def validate(auth_context, environment):\n    try:\n        environment['X'] = 'y'\n"
        "    except TypeError:\n        return {'principal_id': 'caller'}\n"
    )
    Authorizer(chain(tmp_path, {"01_plugin": source}, {})).allows(token_event())


def test_loading_a_chain_reads_no_secret(tmp_path: Path) -> None:
    source = f"def validate(auth_context, secrets, signing_keys, token_verifier):\n{PASSES}"
    secrets = InMemorySecrets({(SECRET_ARN, "AWSCURRENT"): signing_key_version()})
    Authorizer(chain(tmp_path, {"01_plugin": source}, {**GIVEN, "secret_source": secrets})).allows(token_event())
    assert secrets.reads == []


def test_an_object_that_answers_to_every_attribute_is_not_trusted_with_its_signature() -> None:
    class Anything:
        def __getattr__(self, name: str) -> "Anything":
            return self

    assert wanted_names(Anything()) == ()


def test_secrets_are_read_once_in_a_while_and_the_placeholder_is_refused(tmp_path: Path) -> None:
    secrets = InMemorySecrets({(SECRET_ARN, "AWSCURRENT"): SecretVersion(version_id="v1", value="text")})
    clock = Clock(0)
    cached = CachedSecrets(source=secrets, clock=clock, maximum_age_seconds=300)
    source = (
        "def validate(auth_context, secrets):\n"
        f"    return {{'principal_id': secrets.current({SECRET_ARN!r}).version_id}}\n"
    )
    authorizer = Authorizer(chain(tmp_path, {"01_plugin": source}, {"secrets": cached}))
    for _ in range(10):
        assert authorizer.allows(token_event())["principalId"] == "v1"
    assert len(secrets.reads) == 1
    secrets.versions[SECRET_ARN, "AWSCURRENT"] = SecretVersion(version_id="v2", value="other text")
    clock.now = 300
    assert authorizer.allows(token_event())["principalId"] == "v2"
    fresh = CachedSecrets(source=secrets, clock=clock)
    secrets.versions[SECRET_ARN, "AWSCURRENT"] = SecretVersion(version_id="v0", value="{}")
    assert Authorizer(chain(tmp_path, {}, {"secrets": fresh})).refuses(token_event()) == "secret_unusable"
