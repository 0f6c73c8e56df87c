"""Runs one event through a chain in a process of its own, and writes down what each plugin did.

`python -I cli/explain/runner.py FUNCTIONS_DIRECTORY CHAIN_DIRECTORY` reads the event (JSON) from standard input and
writes one JSON document to standard output; `cli.explain.local_run` starts it and reads that:

    python, loading_ms, names    the interpreter's version, how long the plugins took to load, their names in order
    fault       null, or why the folder is no chain: reason, file, line, hint
    malformed   null, or what the authorizer has against the event
    plugins     of those that ran: name, and `returned` (kind and, of a result, the result) or `raised` (type, file,
                line, hint)
    answer      what API Gateway gets, or null; `unauthorized` tells whether it got the exact `Unauthorized` instead
    log         the lines of the authorizer's log

The decision is the authorizer's own: its handler, its log line, its times. This only looks at the plugins while they
are called. Whatever they print goes to standard error, which nobody shows. Messages of exceptions stay here unless
they are of our own libraries, whose messages never hold a value; so does every return value that is no result.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from types import SimpleNamespace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from authorizer.chain import Chain
    from authorizer.plugin_loader import ChainLoadError, Plugin

# Their messages say which check failed and never repeat what was checked (see their modules `errors`).
LIBRARIES_WITH_SAFE_MESSAGES = ("jwt_verification", "secret_store", "spiffe_verifier")
REQUEST_ID = "explained-by-the-command-line"


class Recorder:
    """Stands between the chain and its plugins, and notes what goes by."""

    def __init__(self, directory: str) -> None:
        """Take the chain's folder, whose files errors are traced to."""
        self._directory = directory
        self.noted: list[dict[str, Any]] = []

    def around(self, plugin: Plugin) -> Callable[..., object]:
        """Return a `validate` that does what the plugin's does."""
        validate: Callable[..., object] = plugin.validate

        def recorded(*arguments: Any, **named: Any) -> object:
            try:
                returned = validate(*arguments, **named)
            except BaseException as error:
                self.noted.append({"name": plugin.name, "raised": self._raised(error)})
                raise
            self.noted.append({"name": plugin.name, "returned": returned_kind(returned)})
            return returned

        return recorded

    def _raised(self, error: BaseException) -> dict[str, Any]:
        file, line = innermost_place(error, self._directory)
        return {"type": type(error).__name__, "file": file, "line": line, "hint": hint_of(error)}


def returned_kind(returned: object) -> dict[str, Any]:
    """Describe what a plugin returned; of what is no result, only its type, and of a malformed result what is wrong."""
    from authorizer.json_values import is_object
    from authorizer.plugin_result import PluginResults

    if returned is True:
        return {"kind": "passed"}
    if not is_object(returned):
        return {"kind": "refused", "type": "None" if returned is None else type(returned).__name__}
    try:
        PluginResults().add(returned)
    except ValueError as error:
        return {"kind": "malformed", "problem": str(error)}
    return {"kind": "result", "result": returned}


def innermost_place(error: BaseException, directory: str) -> tuple[str, int | None]:
    """Return the file of the chain's folder, and the line, where the error came from; ("", None) for elsewhere."""
    if isinstance(error, SyntaxError) and error.filename and _is_below(error.filename, directory):
        return os.path.relpath(error.filename, directory), error.lineno
    place: tuple[str, int | None] = ("", None)
    traceback = error.__traceback__
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if _is_below(file, directory):
            place = (os.path.relpath(file, directory), traceback.tb_lineno)
        traceback = traceback.tb_next
    return place


def hint_of(error: BaseException) -> str:
    """Return what can be said about the error without repeating what the plugin was looking at."""
    from authorizer.providers import MissingSettingError

    if type(error).__module__.partition(".")[0] in LIBRARIES_WITH_SAFE_MESSAGES:
        return str(error)
    if isinstance(error, MissingSettingError):
        return f"the setting {error.args[0]} is missing"
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"there is no module {error.name}"
    if isinstance(error, SyntaxError):
        return error.msg
    if isinstance(error, KeyError) and _raised_by_environment(error):
        return f"the setting {error.args[0]} is missing"
    return ""


def describe_fault(fault: ChainLoadError, directory: str) -> dict[str, Any]:
    """Return why the folder is no chain, with the file and the line that are to blame."""
    from authorizer.injection import ProviderError

    # Suppressed when it was raised, but kept: what the file, or the provider that a plugin asked for, has raised.
    cause = fault.__context__
    if isinstance(cause, ProviderError):
        cause = cause.cause
    place, line = ("", None) if cause is None else innermost_place(cause, directory)
    hint = fault.detail
    if cause is not None and fault.reason == "plugin_does_not_import":
        hint = type(cause).__name__
    said = "" if cause is None else hint_of(cause)
    if said and said not in hint:
        hint = f"{hint}: {said}"
    return {"reason": fault.reason, "file": place or fault.file, "line": line, "hint": hint}


def run(event: object, directory: str) -> dict[str, Any]:
    """Return the document that this module's text describes."""
    from authorizer.auth_context import read_event
    from authorizer.authorization import ANSWER_VARIABLE, RAISE, build_handler
    from authorizer.chain import load_chain

    recorder = Recorder(directory)
    started = time.perf_counter_ns()
    chain = load_chain(directory)
    loading_ms = (time.perf_counter_ns() - started) / 1e6
    names = [plugin.name for plugin in chain.plugins]
    for plugin in chain.plugins:
        plugin.validate = recorder.around(plugin)
    name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "authorizer")
    log: list[str] = []
    try:
        read_event(event)
        malformed = None
    except (ValueError, RecursionError) as error:
        malformed = str(error) if isinstance(error, ValueError) else "it is nested too deeply"
    handle = build_handler(
        chain=chain, name=name, not_authenticated_answer=os.environ.get(ANSWER_VARIABLE, RAISE), write=log.append
    )
    answer: Any = None
    unauthorized = False
    try:
        answer = handle(event, SimpleNamespace(aws_request_id=REQUEST_ID))
    except Exception as error:  # noqa: BLE001 -- the one exception is the handler's protocol; others are told apart
        unauthorized = type(error) is Exception and error.args == ("Unauthorized",)
    return {
        "python": platform.python_version(),
        "loading_ms": loading_ms,
        "fault": _fault(chain, directory),
        "malformed": malformed,
        "names": names,
        "plugins": recorder.noted,
        "answer": answer,
        "unauthorized": unauthorized,
        "log": log,
    }


def _fault(chain: Chain, directory: str) -> dict[str, Any] | None:
    return None if chain.fault is None else describe_fault(chain.fault, directory)


def _is_below(file: str, directory: str) -> bool:
    return os.path.realpath(file).startswith(os.path.realpath(directory) + os.sep)


def _raised_by_environment(error: KeyError) -> bool:
    """Tell whether `os.environ[...]` raised it: its key is then a variable's name, never data."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback is not None and traceback.tb_frame.f_code.co_filename in (os.__file__, "<frozen os>")


def main() -> None:
    """Run what the command line names; every plugin sees a standard output that leads to standard error."""
    functions_directory, directory = sys.argv[1:]
    result_descriptor = os.dup(1)
    os.dup2(2, 1)
    sys.path.insert(0, functions_directory)
    document = run(json.load(sys.stdin), directory)
    sys.stdout.flush()
    with os.fdopen(result_descriptor, "w", encoding="ascii") as stream:
        json.dump(document, stream)
    # Not by returning: a thread that a plugin has started would keep the process, as it does not in Lambda.
    os._exit(0)


if __name__ == "__main__":
    main()
