"""An explanation as text. Deliberately no decisions here: it prints what the explanation holds."""

from __future__ import annotations

import json
from typing import Any

from cli.explain.report import ACCESS_DENIED, Explanation, PluginStep
from cli.output import aligned


def rendered(explanation: Explanation) -> list[str]:
    """Return the lines that a person reads."""
    lines = [_source(explanation), _event(explanation)]
    if explanation.fault is not None:
        lines.append(f"fault      {fault_line(explanation.fault)}; every request is denied")
    if explanation.plugins:
        lines += ["", *(f"  {line}" for line in aligned([_row(step) for step in explanation.plugins])), ""]
    lines.append(_decision(explanation))
    if explanation.principal_id:
        lines.append(f"principal  {explanation.principal_id}")
    if explanation.context:
        lines.append(f"context    {_members(explanation.context)}")
    for statement in explanation.policy:
        for resource in statement["resources"]:
            lines.append(f"policy     {statement['effect']} {resource}")
    if explanation.policy:
        lines.append(f"allows     {_routes(explanation.allows)}")
    if explanation.denies and explanation.allows:
        lines.append(f"denies     {_routes(explanation.denies)}")
    lines.append(f"status     {_status(explanation)}")
    lines += [f"note       {note}" for note in explanation.notes]
    return lines


def fault_line(fault: dict[str, Any]) -> str:
    """Return `02_check.py:3: plugin_does_not_import (SyntaxError invalid syntax)`."""
    place = fault["file"] if fault["line"] is None else f"{fault['file']}:{fault['line']}"
    return f"{place}: {fault['reason']}" + (f" ({fault['hint']})" if fault["hint"] else "")


def _source(explanation: Explanation) -> str:
    source = explanation.source
    if "function" in source:
        return f"function   {source['function']} ({source['target']})"
    return f"chain      {source['chain']} (loaded in {source['loading_ms']:.1f} ms, Python {source['python']})"


def _event(explanation: Explanation) -> str:
    event = explanation.event
    route = event["route"] or "no method"
    return f"event      {event['type'] or 'of no type'}, {route}" + (f" of {event['stage']}" if event["stage"] else "")


def _row(step: PluginStep) -> tuple[str, str, str, str]:
    elapsed = "" if step.elapsed_ms is None else f"{step.elapsed_ms:9.3f} ms"
    return step.name, elapsed, step.outcome, step.why or _returned(step.returned)


def _returned(returned: dict[str, Any]) -> str:
    parts: list[str] = []
    if "principal_id" in returned:
        parts.append(f"principal_id={json.dumps(returned['principal_id'], ensure_ascii=False)}")
    if "context" in returned:
        parts.append(f"context: {_members(returned['context'])}")
    if "routes" in returned:
        parts.append(f"routes: {_routes(returned['routes'])}")
    return "; ".join(parts)


def _decision(explanation: Explanation) -> str:
    by = f" by {explanation.denied_by}" if explanation.denied_by else ""
    reason = f" ({explanation.reason}{by})" if explanation.reason else ""
    elapsed = "" if explanation.elapsed_ms is None else f", {explanation.elapsed_ms:.3f} ms in all"
    return f"decision   {explanation.decision}{reason}{elapsed}"


def _status(explanation: Explanation) -> str:
    if explanation.response_type:
        where = (
            "as this API has it set"
            if explanation.status_from == "api"
            else "unless the API's gateway response sets another"
        )
        body = ", which gets the context" if explanation.response_type == ACCESS_DENIED else ""
        return f"{explanation.status} (gateway response {explanation.response_type}{body}; {where})"
    return "what the backend answers" if explanation.decision == "Allow" else "unknown"


def _members(members: dict[str, Any]) -> str:
    shown = (f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in members.items())
    return ", ".join(shown) or "empty"


def _routes(routes: list[str]) -> str:
    return ", ".join("every method of the stage" if route == "* /*" else route for route in routes) or "nothing"
