"""`python -m cli explain`: the options, and the order of the steps."""

from __future__ import annotations

import argparse
import dataclasses
import os
import re
from pathlib import Path
from typing import Any

from cli.errors import DONE, CliError
from cli.explain.deployed import environment_of, invoke, response_status
from cli.explain.event import credentials_in, read_event, sample_event
from cli.explain.local_run import RESERVED_VARIABLES, ChainTimeoutError, run_locally
from cli.explain.rendering import fault_line, rendered
from cli.explain.report import Explanation, Observed, explain, text_member
from cli.explain.secret_files import FileSecret, read_secret_file
from cli.output import say, say_json, tell
from cli.redaction import Redactor
from cli.target import Target, find_target

CHECKOUT = Path(__file__).resolve().parents[2]
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_METHOD_ARN = re.compile(r"arn:[^:]*:execute-api:[^:]*:[^:]*:(?P<api>[a-z0-9]{1,32})/")


def run(options: argparse.Namespace) -> int:
    """Explain what the options name; answer 0 for an Allow, 3 for a denial. Raises `CliError`."""
    if options.print_event:
        say_json(sample_event(options.print_event))
        return DONE
    if bool(options.chain) == bool(options.function):
        raise CliError("name one of --chain DIRECTORY and --function NAME")
    if not options.event:
        raise CliError("name the event with --event FILE, or - for standard input; --print-event token writes one")
    event = read_event(options.event)
    redactor = Redactor(credentials_in(event))
    explanation = (
        _explain_function(options, event, redactor) if options.function else _explain_chain(options, event, redactor)
    )
    if options.json:
        say_json(explanation.document())
    else:
        for line in rendered(explanation):
            say(line)
    if explanation.fault is not None:
        tell(f"error: {options.chain}: {fault_line(explanation.fault)}")
    return explanation.exit_code


def _explain_chain(options: argparse.Namespace, event: Any, redactor: Redactor) -> Explanation:
    """Run the chain here. Raises `CliError`."""
    directory = Path(options.chain)
    if not directory.is_dir():
        raise CliError(f"{directory} is no folder: correct --chain")
    target = _target_or_why(options)
    environment = _environment(options, target)
    secrets = _secrets(options, environment)
    try:
        local = run_locally(
            chain=directory,
            event=event,
            environment=environment,
            secrets=secrets,
            target=target,
            redactor=redactor,
            timeout_seconds=options.timeout,
        )
    except ChainTimeoutError:
        raise CliError(
            f"the chain did not answer within {options.timeout:g} s, which API Gateway answers with 500; --timeout "
            "gives it longer"
        ) from None
    if options.show_output:
        for line in local.printed:
            tell(redactor.text(line))
    document = local.document
    notes = list(dict.fromkeys(local.notes))
    if local.printed and not options.show_output:
        notes.append(f"the plugins printed {len(local.printed)} lines; --show-output shows them")
    if document["fault"] and "the setting " in document["fault"]["hint"]:
        notes.append(
            "settings come from --environment NAME=VALUE, --secret NAME=FILE, or --environment-of FUNCTION for those "
            "of a deployed authorizer"
        )
    hints = [step["raised"]["hint"] for step in document["plugins"] if "raised" in step]
    if isinstance(target, CliError) and any("the setting AWS_" in hint for hint in hints):
        notes.append(f"there is no AWS for this run: {target}")
    if document["malformed"]:
        notes.append(f"this is no event for an authorizer: {document['malformed']}; --print-event token writes one")
    return explain(
        Observed(
            source={"chain": str(directory), "loading_ms": document["loading_ms"], "python": document["python"]},
            event=event,
            answer=document["answer"],
            unauthorized=document["unauthorized"],
            log=document["log"],
            names=document["names"],
            plugins=document["plugins"],
            fault=document["fault"],
            notes=notes,
        ),
        redactor,
    )


def _explain_function(options: argparse.Namespace, event: Any, redactor: Redactor) -> Explanation:
    """Invoke the deployed function. Raises `CliError`."""
    for name in ("environment", "secret", "environment_of", "show_output"):
        if getattr(options, name):
            raise CliError(f"--{name.replace('_', '-')} is for --chain: a deployed function has its own settings")
    target = _announced(find_target(options, environment=os.environ, checkout=CHECKOUT))
    answer = invoke(target, options.function, event)
    explanation = explain(
        Observed(
            source={"function": options.function, "target": target.name},
            event=event,
            answer=answer.payload,
            unauthorized=answer.unauthorized,
            error=f"failed ({redactor.text(answer.error_type)})" if answer.error_type else "",
            log=answer.log,
            notes=[] if answer.log else ["the function's log did not come with the answer"],
        ),
        redactor,
    )
    if explanation.plugins:
        explanation = dataclasses.replace(explanation, notes=[*explanation.notes, _stays_in(options.function)])
    return _with_status_of_api(explanation, target, event)


def _stays_in(function_name: str) -> str:
    """Return the note about what the answer of a deployed authorizer and its log line do not hold."""
    return (
        "what each plugin returned stays in the function; to see it, run its chain here with its settings: "
        f"--chain DIRECTORY --environment-of {function_name}"
    )


def _with_status_of_api(explanation: Explanation, target: Target, event: Any) -> Explanation:
    """Put in the status that the deployed API has set, where the event is of an API that the target has."""
    found = _METHOD_ARN.match(text_member(event, "methodArn"))
    if not explanation.response_type or found is None:
        return explanation
    status = response_status(target, found["api"], explanation.response_type)
    if status is None:
        return explanation
    return dataclasses.replace(explanation, status=status, status_from="api")


def _target_or_why(options: argparse.Namespace) -> Target | CliError:
    """Return the target, or why there is none: only a chain that wants something of it has to know."""
    try:
        return find_target(options, environment=os.environ, checkout=CHECKOUT)
    except CliError as why:
        named = options.target or options.program or options.profile or options.endpoint_url or options.environment_of
        if named:
            raise
        return why


def _environment(options: argparse.Namespace, target: Target | CliError) -> dict[str, str]:
    environment: dict[str, str] = {}
    if options.environment_of:
        if isinstance(target, CliError):
            raise target
        environment.update(environment_of(_announced(target), options.environment_of))
    for setting in options.environment:
        name, separator, value = setting.partition("=")
        if not separator or not _VARIABLE.fullmatch(name):
            # Not the setting itself: it may be a secret in the wrong place.
            raise CliError(
                "--environment is NAME=VALUE, for example --environment TOKEN_ISSUER=https://auth.example.com"
            )
        environment[name] = value
    reserved = sorted(RESERVED_VARIABLES.intersection(environment))
    if reserved:
        raise CliError(f"--environment {reserved[0]} is what the run itself sets: leave it out")
    return environment


def _secrets(options: argparse.Namespace, environment: dict[str, str]) -> list[FileSecret]:
    secrets: list[FileSecret] = []
    for setting in options.secret:
        name, separator, file = setting.partition("=")
        if not separator or not _VARIABLE.fullmatch(name) or not file or name in RESERVED_VARIABLES:
            raise CliError("--secret is NAME=FILE, for example --secret SIGNING_KEY_SECRET_ARN=key.json")
        if any(secret.name == name for secret in secrets):
            raise CliError(f"--secret {name} is there twice: leave one out")
        secrets.append(read_secret_file(name, Path(file)))
        environment.pop(name, None)
    return secrets


def _announced(target: Target) -> Target:
    tell(f"target: {target.name}")
    return target
