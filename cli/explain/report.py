"""From what a chain or a deployed authorizer did to an `Explanation`: redacted, and the same document for people and
programs.

    local     the runner's document has what each plugin returned; times and decision are in the authorizer's log line
    deployed  only the answer and the log line

Everything in an explanation that came from the event, a plugin or a function has passed the redactor.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, cast

from cli.errors import DENIED, DONE, FAILED
from cli.explain.policy import MalformedAnswerError, UnreadableAnswerError, read_answer, route_of, routes, stage_of
from cli.redaction import Redactor

_PLUGIN_METRIC = "Plugin."
_MAXIMUM_TEXT_LENGTH = 512
# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
UNAUTHORIZED = "UNAUTHORIZED"
ACCESS_DENIED = "ACCESS_DENIED"
AUTHORIZER_FAILURE = "AUTHORIZER_FAILURE"
AUTHORIZER_CONFIGURATION_ERROR = "AUTHORIZER_CONFIGURATION_ERROR"
DEFAULT_STATUS = {
    UNAUTHORIZED: 401,
    ACCESS_DENIED: 403,
    AUTHORIZER_FAILURE: 500,
    AUTHORIZER_CONFIGURATION_ERROR: 500,
}


@dataclass(frozen=True, kw_only=True)
class PluginStep:
    """One plugin: `outcome` is passed, enriched, denied, ran (what it returned is not known) or not run."""

    name: str
    outcome: str
    elapsed_ms: float | None = None
    returned: dict[str, Any] = field(default_factory=dict[str, Any])
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What was decided and why. `status` is what the API answers, None for the backend's own answer or unknown."""

    source: dict[str, Any]
    event: dict[str, str]
    plugins: list[PluginStep]
    decision: str
    reason: str
    denied_by: str = ""
    elapsed_ms: float | None = None
    principal_id: str = ""
    context: dict[str, Any] = field(default_factory=dict[str, Any])
    policy: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    allows: list[str] = field(default_factory=list[str])
    denies: list[str] = field(default_factory=list[str])
    status: int | None = None
    response_type: str = ""
    status_from: str = ""
    fault: dict[str, Any] | None = None
    notes: list[str] = field(default_factory=list[str])

    @property
    def exit_code(self) -> int:
        """0 for an Allow, 3 for a denial, 1 where nothing could be decided."""
        if self.fault is not None or self.decision not in ("Allow", "Deny"):
            return FAILED
        return DONE if self.decision == "Allow" and not self.response_type else DENIED

    def document(self) -> dict[str, Any]:
        """Return it as a JSON document."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What was seen, before it is redacted. `error` is what went wrong in the function, "" for nothing."""

    source: dict[str, Any]
    event: Any
    answer: Any
    unauthorized: bool
    error: str = ""
    log: Sequence[str] = ()
    names: Sequence[str] = ()
    plugins: Sequence[dict[str, Any]] = ()
    fault: dict[str, Any] | None = None
    notes: Sequence[str] = ()


def explain(observed: Observed, redactor: Redactor) -> Explanation:
    """Return the explanation of what was observed."""
    record = decision_record(observed.log)
    method_arn = text_member(observed.event, "methodArn")
    answered = _answered(observed, method_arn, redactor)
    reason = str(record.get("reason", ""))
    return Explanation(
        source=observed.source,
        event={
            "type": _shown(redactor, text_member(observed.event, "type")),
            "route": _shown_path(redactor, route_of(method_arn)),
            "stage": _shown(redactor, stage_of(method_arn)),
        },
        plugins=_steps(observed, record, redactor),
        reason=_shown(redactor, reason),
        denied_by=_shown(redactor, str(record.get("denied_by", ""))),
        elapsed_ms=_number(record.get("DecisionTime")),
        fault=_fault(observed.fault or _logged_fault(observed.log, reason), redactor),
        notes=[*observed.notes, *_notes(observed.event), *answered.pop("notes", [])],
        **answered,
    )


def decision_record(log: Sequence[str]) -> dict[str, Any]:
    """Return the last line of the log that is a decision of the authorizer, empty where there is none."""
    decisions = [record for record in _records(log) if "decision" in record and "reason" in record]
    return decisions[-1] if decisions else {}


def _records(log: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the lines of the log that are JSON objects; others are Lambda's own, or a plugin's."""
    for line in log:
        try:
            found: Any = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            yield cast("dict[str, Any]", found)


def _logged_fault(log: Sequence[str], reason: str) -> dict[str, Any] | None:
    """Return why the authorizer cannot decide at all, where its log says so with the decision's own reason."""
    for record in _records(log):
        if reason and record.get("level") == "ERROR" and record.get("reason") == reason:
            file, hint = str(record.get("file", "")), str(record.get("detail", ""))
            return {"reason": reason, "file": file, "line": None, "hint": hint}
    return None


def _answered(observed: Observed, method_arn: str, redactor: Redactor) -> dict[str, Any]:
    """Return the members of the explanation that come from the answer itself."""
    if observed.unauthorized:
        return {"decision": "Deny", **_response(UNAUTHORIZED)}
    if observed.error:
        return {"decision": observed.error, **_response(AUTHORIZER_FAILURE)}
    try:
        answer = read_answer(observed.answer)
    except MalformedAnswerError as problem:
        note = f"API Gateway does not take the answer: {problem}"
        return {"decision": "not an answer", "notes": [note], **_response(AUTHORIZER_CONFIGURATION_ERROR)}
    except UnreadableAnswerError as problem:
        return {"decision": "unknown", "notes": [str(problem)]}
    permitted = answer.permits(method_arn)
    return {
        "decision": "Allow" if permitted else "Deny",
        "principal_id": _shown(redactor, answer.principal_id),
        "context": redactor.members(answer.context),
        "policy": [
            {"effect": each.effect, "resources": [_shown_path(redactor, resource) for resource in each.resources]}
            for each in answer.statements
        ],
        "allows": [_shown_path(redactor, route) for route in routes(answer.resources("Allow"), method_arn)],
        "denies": [_shown_path(redactor, route) for route in routes(answer.resources("Deny"), method_arn)],
        **({} if permitted else _response(ACCESS_DENIED)),
    }


def _response(response_type: str) -> dict[str, Any]:
    return {"status": DEFAULT_STATUS[response_type], "response_type": response_type, "status_from": "default"}


def _steps(observed: Observed, record: dict[str, Any], redactor: Redactor) -> list[PluginStep]:
    """Return the plugins in order: those that ran, with what is known of them, and those that did not."""
    times = {
        name.removeprefix(_PLUGIN_METRIC): _number(value)
        for name, value in record.items()
        if name.startswith(_PLUGIN_METRIC)
    }
    if not observed.names:  # deployed: the log line names those that ran, in order
        denied_by = record.get("denied_by", "")
        return [
            PluginStep(
                name=_shown(redactor, name), outcome="denied" if name == denied_by else "ran", elapsed_ms=elapsed
            )
            for name, elapsed in times.items()
        ]
    noted = {each["name"]: each for each in observed.plugins}
    return [_step(name, noted.get(name), times.get(name), redactor) for name in observed.names]


def _step(name: str, noted: dict[str, Any] | None, elapsed: float | None, redactor: Redactor) -> PluginStep:
    shown = _shown(redactor, name)
    if noted is None:
        return PluginStep(name=shown, outcome="not run")
    if "raised" in noted:
        return PluginStep(name=shown, outcome="denied", elapsed_ms=elapsed, why=_raised(noted["raised"], redactor))
    returned = noted["returned"]
    match returned["kind"]:
        case "passed":
            return PluginStep(name=shown, outcome="passed", elapsed_ms=elapsed)
        case "result":
            return PluginStep(
                name=shown,
                outcome="enriched",
                elapsed_ms=elapsed,
                returned=_redacted_result(returned["result"], redactor),
            )
        case "malformed":
            return PluginStep(
                name=shown,
                outcome="denied",
                elapsed_ms=elapsed,
                why=f"returned a dict that is no result: {returned['problem']}",
            )
        case _:
            why = f"returned {_shown(redactor, returned['type'])}, which denies: only True and a dict pass"
            return PluginStep(name=shown, outcome="denied", elapsed_ms=elapsed, why=why)


def _raised(raised: dict[str, Any], redactor: Redactor) -> str:
    place = f" at {_shown(redactor, raised['file'])}:{raised['line']}" if raised["file"] else ""
    hint = f" ({_shown(redactor, raised['hint'])})" if raised["hint"] else ""
    return f"raised {_shown(redactor, raised['type'])}{place}{hint}"


def _redacted_result(result: dict[str, Any], redactor: Redactor) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if "principal_id" in result:
        shown["principal_id"] = _shown(redactor, result["principal_id"])
    if "context" in result:
        shown["context"] = redactor.members(result["context"])
    if "routes" in result:
        shown["routes"] = [_shown_path(redactor, route) for route in result["routes"]]
    return shown


def _fault(fault: dict[str, Any] | None, redactor: Redactor) -> dict[str, Any] | None:
    if fault is None:
        return None
    return {name: _shown(redactor, value) if isinstance(value, str) else value for name, value in fault.items()}


def _notes(event: Any) -> list[str]:
    if text_member(event, "type") == "TOKEN" and not text_member(event, "authorizationToken"):
        return [
            "a request without the token never reaches the authorizer: API Gateway answers 401 (UNAUTHORIZED) itself"
        ]
    return []


def text_member(event: Any, name: str) -> str:
    """Return the event's member of that name where it is a text, else an empty one."""
    value = cast("dict[str, Any]", event).get(name) if isinstance(event, dict) else None
    return value if isinstance(value, str) else ""


def _shown(redactor: Redactor, text: str) -> str:
    shown = redactor.text(text)
    return shown if len(shown) <= _MAXIMUM_TEXT_LENGTH else shown[:_MAXIMUM_TEXT_LENGTH] + "..."


def _shown_path(redactor: Redactor, text: str) -> str:
    """Redact a route or a resource, and of one that may be shown the parts that look like credentials."""
    shown = _shown(redactor, text)
    return "/".join(redactor.text(part) for part in text.split("/")) if shown == text else shown


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
