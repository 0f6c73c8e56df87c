"""What the preview says of a chain that could not run, held against the authorizer that would load it."""

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from authorizer.chain import load_chain
from authorizer.providers import STANDARD_PROVIDERS
from components.errors import ArgumentError
from components.packaging import FUNCTIONS_DIRECTORY, plugin_files

CHECK, PROVIDERS, SHARED = "01_check.py", "_providers.py", "_shared.py"
ASKS = "def validate(auth_context, *, greeting):\n    return {'principal_id': greeting}\n"
GOOD = "def validate(auth_context):\n    return {'principal_id': 'ada'}\n"

Refused = tuple[Mapping[str, str], str, str]

# By what is wrong: the files, how the message names the place, and what it says of it and of the fix.
UNFIT: dict[str, Refused] = {
    "a constant": (
        {CHECK: "validate = True\n"},
        f"{CHECK} line 1",
        "has a validate that is no function; write `def validate(auth_context):`",
    ),
    "a dict": ({CHECK: "\nvalidate = {'principal_id': 'ada'}\n"}, f"{CHECK} line 2", "is no function"),
    "a text with a name in it": ({CHECK: "validate = f'{__name__}'\n"}, f"{CHECK} line 1", "is no function"),
    "a module": ({CHECK: "import json as validate\n"}, f"{CHECK} line 1", "is no function"),
    "another name for a constant": (
        {CHECK: "YES = True\nvalidate: object = YES\n"},
        f"{CHECK} line 1",
        "is no function",
    ),
    "a function that is bound over": ({CHECK: GOOD + "validate = None\n"}, f"{CHECK} line 3", "is no function"),
    "asynchronous": (
        {CHECK: "async def validate(auth_context):\n    return True\n"},
        f"{CHECK} line 1",
        "has no top-level validate that can be called: it is asynchronous; write `def validate(auth_context):`",
    ),
    "no parameters": (
        {CHECK: "def validate():\n    return True\n"},
        f"{CHECK} line 1",
        "has a validate that does not take auth_context; write `def validate(auth_context):`",
    ),
    "a lambda without parameters": ({CHECK: "validate = lambda: True\n"}, f"{CHECK} line 1", "not take auth_context"),
    "auth_context by name alone": (
        {CHECK: "def validate(*, auth_context):\n    return True\n"},
        f"{CHECK} line 1",
        "does not take auth_context",
    ),
    "named things alone": (
        {CHECK: "def validate(**everything):\n    return True\n"},
        f"{CHECK} line 1",
        "does not take auth_context",
    ),
    "another name for a function without parameters": (
        {CHECK: "def check():\n    return True\nvalidate = check\n"},
        f"{CHECK} line 1",
        "does not take auth_context",
    ),
    "two parameters without a name": (
        {CHECK: "def validate(auth_context, clock, /):\n    return True\n"},
        f"{CHECK} line 1",
        "cannot be given by name; move the / to the left or leave it out",
    ),
    "a generator": (
        {CHECK: "def validate(auth_context):\n    if auth_context:\n        yield True\n"},
        f"{CHECK} line 1",
        "has a validate that is a generator; return the result, without yield",
    ),
    "a generator of another's results": (
        {CHECK: "def validate(auth_context):\n    yield from [True]\n"},
        f"{CHECK} line 1",
        "is a generator",
    ),
    "a lambda with yield": ({CHECK: "validate = lambda c: (yield)\n"}, f"{CHECK} line 1", "is a generator"),
    "a name that nobody provides": (
        {CHECK: ASKS},
        f"{CHECK} line 1",
        "asks for 'greeting', which nothing provides; ask for one of clock, environment, monotonic_clock, secret_source"
        ", secrets, signing_keys, token_verifier, give the parameter a default, or add provide_greeting to",
    ),
    "a name by position that nobody provides": (
        {CHECK: "def validate(auth_context, greeting, other=1):\n    return True\n"},
        f"{CHECK} line 1",
        "asks for 'greeting', which nothing provides",
    ),
    "the second of two plugins": (
        {CHECK: GOOD, "02_more.py": "def validate():\n    return True\n"},
        "02_more.py line 1",
        "does not take auth_context",
    ),
    "a provider that is a constant": (
        {CHECK: ASKS, PROVIDERS: "provide_greeting = 'hello'\n"},
        f"{CHECK} line 1",
        "asks for 'greeting', which nothing provides",
    ),
    "a provider that asks for what nobody provides": (
        {CHECK: ASKS, PROVIDERS: "\ndef provide_greeting(language):\n    return 'hello'\n"},
        f"{PROVIDERS} line 2",
        "asks for 'language', which nothing provides",
    ),
    "a provider's provider": (
        {
            CHECK: ASKS,
            PROVIDERS: "def provide_greeting(clock):\n    return clock\ndef provide_clock(*, dial):\n    return dial\n",
        },
        f"{PROVIDERS} line 3",
        "asks for 'dial', which nothing provides",
    ),
    "a provider that is a generator": (
        {CHECK: ASKS, PROVIDERS: "def provide_greeting():\n    yield 'hello'\n"},
        f"{PROVIDERS} line 1",
        "has a provide_greeting that is a generator",
    ),
    "a provider whose parameter has no name": (
        {CHECK: ASKS, PROVIDERS: "def provide_greeting(clock, /):\n    return 'hello'\n"},
        f"{PROVIDERS} line 1",
        "has a provide_greeting with a parameter that cannot be given by name",
    ),
    "a provider that needs itself": (
        {
            CHECK: ASKS,
            PROVIDERS: "def provide_greeting(word):\n    return word\ndef provide_word(greeting):\n    return 'hi'\n",
        },
        f"{PROVIDERS} line 1",
        "has a provide_greeting that needs itself; let it ask for something else",
    ),
}

FIT: dict[str, Mapping[str, str]] = {
    "a function": {CHECK: GOOD},
    "a lambda": {CHECK: "validate = lambda auth_context: True\n"},
    "whatever it is given": {CHECK: "def validate(*everything, **named):\n    return True\n"},
    "auth_context without a name": {CHECK: "def validate(auth_context, /, *, clock):\n    return True\n"},
    "a default instead of a provider": {CHECK: "def validate(auth_context, limit=3, *, more=4):\n    return True\n"},
    "a yield in a function inside": {
        CHECK: "def validate(auth_context):\n    def numbers():\n        yield 1\n    return bool(list(numbers()))\n"
    },
    "decorated": {
        CHECK: "def passing(function):\n    return lambda auth_context: True\n@passing\ndef validate():\n    yield\n"
    },
    "made by a call": {
        CHECK: "import functools\ndef check(limit, c):\n    return True\nvalidate = functools.partial(check, 3)\n"
    },
    "imported": {CHECK: "from _shared import validate\n", SHARED: GOOD},
    "another name for a function": {CHECK: "def check(auth_context):\n    return True\nvalidate = check\n"},
    "bound again in a block": {
        CHECK: "validate = None\nif __name__:\n    def validate(auth_context):\n        return 1\n"
    },
    "bound with another name": {CHECK: "def check(c):\n    return True\nvalidate, limit = check, 3\n"},
    "a provider of the authorizer": {CHECK: "def validate(auth_context, clock):\n    return True\n"},
    "a provider of the chain": {CHECK: ASKS, PROVIDERS: "def provide_greeting(clock):\n    return 'hello'\n"},
    "a provider under another name": {
        CHECK: ASKS,
        PROVIDERS: "def hello():\n    return 'hello'\nprovide_greeting = hello\n",
    },
    "a provider that is imported": {
        CHECK: ASKS,
        PROVIDERS: "from _shared import *\n",
        SHARED: "def provide_greeting():\n    return 'hello'\n",
    },
    "a provider in a block": {
        CHECK: ASKS,
        PROVIDERS: "try:\n    import nowhere\nexcept ImportError:\n    def provide_greeting():\n        return 'hi'\n",
    },
    "a provider that the text does not show": {
        CHECK: ASKS,
        PROVIDERS: "globals()['provide_' + 'greeting'] = lambda: 'hello'\n",
    },
    "a provider that nobody asks for": {
        CHECK: GOOD,
        PROVIDERS: "def provide_greeting(language):\n    return 'hello'\n",
    },
}


@pytest.fixture
def chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Mapping[str, str]], Path]]:
    """Writes a chain; what loading it leaves in the interpreter goes again."""
    monkeypatch.setattr(sys, "path", [*sys.path])

    def write(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        return tmp_path

    yield write
    for name in [each for each in sys.modules if each.startswith("plugins.") or each in ("_providers", "_shared")]:
        del sys.modules[name]


@pytest.mark.parametrize(("files", "place", "says"), UNFIT.values(), ids=UNFIT.keys())
def test_a_chain_that_the_authorizer_could_not_load_is_refused_by_file_line_and_fix(
    chain: Callable[[Mapping[str, str]], Path], files: Mapping[str, str], place: str, says: str
) -> None:
    folder = chain(files)
    assert load_chain(str(folder)).fault is not None
    with pytest.raises(ArgumentError) as refused:
        plugin_files(folder, "function guard: plugins_directory")
    assert f"function guard: plugins_directory: {folder / place} " in str(refused.value)
    assert says in str(refused.value)


@pytest.mark.parametrize("files", FIT.values(), ids=FIT.keys())
def test_a_chain_that_the_authorizer_loads_is_not_refused(
    chain: Callable[[Mapping[str, str]], Path], files: Mapping[str, str]
) -> None:
    folder = chain(files)
    assert load_chain(str(folder)).fault is None
    assert plugin_files(folder)


def test_a_class_is_no_plugin_because_what_it_makes_is_no_answer(
    chain: Callable[[Mapping[str, str]], Path],
) -> None:
    with pytest.raises(
        ArgumentError, match=r"01_check\.py line 1 has no top-level validate that can be called: .* class"
    ):
        plugin_files(chain({CHECK: "class validate:\n    def __init__(self, auth_context): ...\n"}))


def test_the_names_that_every_chain_may_ask_for_are_those_of_the_authorizer(
    chain: Callable[[Mapping[str, str]], Path],
) -> None:
    names = ", ".join(sorted(STANDARD_PROVIDERS))
    assert plugin_files(chain({CHECK: f"def validate(auth_context, *, {names}):\n    return True\n"}))
    with pytest.raises(ArgumentError, match=f"ask for one of {names}, give"):
        plugin_files(chain({CHECK: ASKS}))


@pytest.mark.parametrize("folder", sorted(path.parent.name for path in FUNCTIONS_DIRECTORY.glob("chains/*/01_*.py")))
def test_the_chains_of_this_repository_could_run(folder: str) -> None:
    assert plugin_files(FUNCTIONS_DIRECTORY / "chains" / folder)
