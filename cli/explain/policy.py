"""The answer of an authorizer as API Gateway reads it: which routes it allows, and what the caller gets.

    not an answer (no principal, no policy, a context that is not flat)    500
    a policy that does not allow the method                                403
    a policy that does                                                     whatever the backend answers

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
Deliberately not evaluated: conditions, `NotAction` and `NotResource`. An answer that has them is not taken for an
Allow: it is an `UnreadableAnswerError`.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from authorizer.routes import METHODS

INVOKE = "execute-api:Invoke"
_ARN_PARTS = 6


class MalformedAnswerError(Exception):
    """API Gateway refuses the answer (500). The message names the member, never a value."""


class UnreadableAnswerError(Exception):
    """API Gateway may accept the answer; this module does not evaluate it. The message says what is in the way."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement: `effect` is Allow or Deny, actions and resources are patterns."""

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]

    def applies_to(self, method_arn: str) -> bool:
        """Tell whether the statement speaks of calling that method."""
        return any(_matches(action.lower(), INVOKE.lower()) for action in self.actions) and any(
            _matches(resource, method_arn) for resource in self.resources
        )


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What an authorizer returned, as far as API Gateway looks at it."""

    principal_id: str
    statements: tuple[Statement, ...]
    context: dict[str, str | int | float | bool]

    def permits(self, method_arn: str) -> bool:
        """Tell whether the policy lets the method be called: some statement allows it and none denies it."""
        effects = {statement.effect for statement in self.statements if statement.applies_to(method_arn)}
        return effects == {"Allow"}

    def resources(self, effect: str) -> list[str]:
        """Return the resources of all statements with that effect, each once, in order."""
        found = [each for statement in self.statements if statement.effect == effect for each in statement.resources]
        return list(dict.fromkeys(found))


def read_answer(answer: Any) -> Answer:
    """Return what an authorizer function answered.

    Raises:
        MalformedAnswerError: API Gateway refuses it.
        UnreadableAnswerError: it has members that are not evaluated here.
    """
    document = _object(answer, "the answer")
    principal_id = document.get("principalId")
    if not isinstance(principal_id, str) or not principal_id:
        raise MalformedAnswerError("principalId is not a text")
    policy = _object(document.get("policyDocument"), "policyDocument")
    statements = policy.get("Statement")
    listed = cast("list[Any]", statements) if isinstance(statements, list) else [statements]
    return Answer(
        principal_id=principal_id,
        statements=tuple(_statement(each) for each in listed),
        context=_context(document.get("context")),
    )


def routes(resources: Sequence[str], method_arn: str) -> list[str]:
    """Return resources of the stage that `method_arn` is of as routes, `GET /orders/*`; others stay ARNs.

    Seven resources that differ only in the method become one route `* /path`; `*/*` is `* /*`, every method.
    """
    prefix = stage_of(method_arn) + "/"
    found: dict[str, list[str]] = {}
    for resource in resources:
        method, separator, path = resource.removeprefix(prefix).partition("/")
        if resource.startswith(prefix) and separator:
            found.setdefault(f"/{path}", []).append(method)
        else:
            found.setdefault(resource, [])
    lines: list[str] = []
    for path, methods in found.items():
        if not methods:
            lines.append(path)
        elif "*" in methods or set(METHODS) <= set(methods):
            lines.append(f"* {path}")
        else:
            lines.extend(f"{method} {path}" for method in methods)
    return lines


def stage_of(method_arn: str) -> str:
    """Return the part of a method's ARN up to and with the stage; the whole text where it is not one."""
    api, _, rest = method_arn.partition("/")
    if len(api.split(":")) != _ARN_PARTS:
        return method_arn
    return f"{api}/{rest.partition('/')[0]}"


def route_of(method_arn: str) -> str:
    """Return what is called, `GET /orders/42`; empty where the text is not the ARN of a method."""
    rest = method_arn.removeprefix(stage_of(method_arn) + "/")
    method, separator, path = rest.partition("/")
    return f"{method} /{path}" if rest != method_arn and (separator or method) else ""


def _statement(statement: Any) -> Statement:
    document = _object(statement, "a statement of the policy")
    for name in ("Condition", "NotAction", "NotResource"):
        if name in document:
            raise UnreadableAnswerError(f"the policy has {name}, which is not evaluated here")
    effect = document.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise MalformedAnswerError("Effect of a statement is neither Allow nor Deny")
    return Statement(
        effect=effect,
        actions=_texts(document.get("Action"), "Action"),
        resources=_texts(document.get("Resource"), "Resource"),
    )


def _texts(value: Any, name: str) -> tuple[str, ...]:
    listed = cast("list[Any]", value) if isinstance(value, list) else [value]
    if not listed or not all(isinstance(each, str) for each in listed):
        raise MalformedAnswerError(f"{name} of a statement is neither a text nor a list of texts")
    return tuple(listed)


def _context(value: Any) -> dict[str, str | int | float | bool]:
    if value is None:
        return {}
    context = _object(value, "context")
    for member in context.values():
        if not isinstance(member, (str, int, float)):  # bool is an int
            raise MalformedAnswerError("context holds something else than texts, numbers and booleans")
    return context


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MalformedAnswerError(f"{name} is not an object")
    return cast("dict[str, Any]", value)


def _matches(pattern: str, text: str) -> bool:
    """Match as policies do: `*` any text, `?` any one character, everything else itself."""
    return re.fullmatch(fnmatch.translate(pattern.replace("[", "[[]")), text) is not None
