"""From the reading of a property to findings: what all rules on values that may be secrets do alike.

A value that is not known waits; one that Pulumi marks as a secret is one, unless it is a reference; a wrong type cannot
be judged and is a violation. Problems name the property and never its value.
"""

from collections.abc import Iterator

from guardrails.properties import Known, Malformed, Missing, Node, Reading, Unknown, children
from guardrails.resources import Resource
from guardrails.rules import Finding, Undecided, Violation
from guardrails.secrets.detection import is_reference, suspicion
from guardrails.secrets.documents import passages, plain_name, told

MARKED = "is marked as a secret by Pulumi"


def judge_map(resource: Resource, path: str, reading: Reading) -> Iterator[Finding]:
    """Judge every entry of a map of names to texts; a map that is missing has no entries."""
    match reading:
        case Missing() | Unknown() | Malformed():
            yield from _of_no_value(resource, path, reading)
        case Known(value=dict()) as entries:
            waiting: list[str] = []
            for name, node in children(entries):
                problem = problem_of(name, node)
                if isinstance(node, Unknown):
                    waiting.append(f"{path}.{name}")
                elif problem:
                    yield Violation(resource=resource, problem=f"{entry_name(path, name, node)} {problem}.")
            if waiting:
                yield Undecided(resource=resource, properties=tuple(waiting))
        case Known():
            yield Violation(resource=resource, problem=f"{path} is not a map of names to texts.")


def judge_value(resource: Resource, path: str, name: str, reading: Reading) -> Iterator[Finding]:
    """Judge one value by its name and itself; a missing one is none."""
    match reading:
        case Missing() | Unknown() | Malformed():
            yield from _of_no_value(resource, path, reading)
        case Known() as node:
            problem = problem_of(name, node)
            if problem:
                yield Violation(resource=resource, problem=f"{path} {problem}.")


def judge_text(resource: Resource, path: str, reading: Reading) -> Iterator[Finding]:
    """Judge all that is in a larger text, or in an object in its place; a missing one holds nothing."""
    match reading:
        case Missing() | Unknown() | Malformed():
            yield from _of_no_value(resource, path, reading)
        case Known(value=str(text), secret=secret):
            if secret:
                yield Violation(resource=resource, problem=f"{path} {MARKED}.")
            else:
                for clause in told(passages(text)):
                    yield Violation(resource=resource, problem=f"{path} {clause}.")
        case Known(value=dict() | list()) as tree:
            yield from judge_tree(resource, path, tree)
        case Known():
            yield Violation(resource=resource, problem=f"{path} is not a text.")


def _of_no_value(resource: Resource, path: str, reading: Missing | Unknown | Malformed) -> Iterator[Finding]:
    if isinstance(reading, Unknown):
        yield Undecided(resource=resource, properties=(path,))
    elif isinstance(reading, Malformed):
        yield Violation(resource=resource, problem=f"{reading.at} is not an object, so {path} cannot be judged.")


def judge_tree(resource: Resource, path: str, tree: Known, name: str = "") -> Iterator[Finding]:
    """Judge every scalar in nested objects and lists of any form."""
    waiting: list[str] = []
    pending: list[tuple[str, str, Node]] = [(path, name, tree)]
    while pending:
        place, called, node = pending.pop()
        if isinstance(node, Unknown):
            waiting.append(place)
        elif isinstance(node.value, dict):
            pending.extend(reversed([*_entries(place, node)]))
        elif isinstance(node.value, list):
            pending.extend(reversed([(f"{place}[{index}]", called, each) for index, each in children(node)]))
        elif isinstance(node.value, str) and not node.secret and "\n" in node.value:
            yield from judge_text(resource, place, node)
        else:
            problem = problem_of(called, node)
            if problem:
                yield Violation(resource=resource, problem=f"{place} {problem}.")
    if waiting:
        yield Undecided(resource=resource, properties=tuple(waiting))


def problem_of(name: str, node: Node) -> str | None:
    """What is wrong with one value under a name, as the end of a sentence about it."""
    match node:
        case Unknown() | Known(value=None):
            return None
        case Known(value=str(text), secret=secret):
            if secret and not is_reference(text):
                return MARKED
            return suspicion(name, text)
        case Known(value=bool() | int() | float() as scalar, secret=secret):
            return MARKED if secret else suspicion(name, str(scalar))
        case Known():
            return "is not a text"


def entry_name(path: str, name: str, node: Node) -> str:
    """How a map's entry is called in a message: by its name, unless that has a piece of the value in it."""
    shown = plain_name(name, "\n".join(texts_of(node)))
    return f"{path}.{shown}" if shown else f"an entry of {path}"


def texts_of(node: Node) -> Iterator[str]:
    """Every scalar in a value, and the names in it."""
    pending: list[Node] = [node]
    while pending:
        found = pending.pop()
        if isinstance(found, Known) and isinstance(found.value, dict | list):
            for name, member in children(found):
                yield name
                pending.append(member)
        elif isinstance(found, Known):
            yield str(found.value)


def _entries(place: str, node: Known) -> Iterator[tuple[str, str, Node]]:
    members = dict(children(node))
    folded = {key.lower(): member for key, member in members.items()}
    label = next((folded[each] for each in ("name", "key", "parameterkey", "parametername") if each in folded), None)
    given = label.value if isinstance(label, Known) and isinstance(label.value, str) else None
    for key, member in members.items():
        called = given if given and key.lower().endswith("value") else key
        yield entry_name(place, key, member), called, member
