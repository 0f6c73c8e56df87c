"""IAM policy documents as statements that rules can ask: JSON texts, and objects whose parts may not be known yet.

    reading of a property ──► document() ──► PolicyDocument(statements, faults) | Unreadable | Unknown | Missing

Strict, because what a judge misreads it lets through: a member that occurs twice, an element that the grammar does not
have, an effect in other letters, a pair such as Action and NotAction together are faults, and a rule reports them. One
faulty statement never hides the others. Faults name the place (`Statement[1].Action`) and repeat no value.

It reads; whether a right is too wide is the rules' business. It expands no managed policy, and no policy variable.

The grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal, cast

from guardrails.properties import Known, Malformed, Missing, Node, Reading, Unknown, children

DOCUMENT_ELEMENTS: Final = frozenset({"Version", "Id", "Statement"})
STATEMENT_ELEMENTS: Final = frozenset(
    (
        *("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource"),
        *("Principal", "NotPrincipal", "Condition"),
    )
)
EVERYONE: Final = "*"
"""The kind under which `principals` has the principal `"*"`, which is the same as `{"AWS": "*"}`."""


class Answer(Enum):
    """Whether a statement does something; WAITS where that depends on a value that is not known before the update."""

    YES = "yes"
    NO = "no"
    WAITS = "waits"


@dataclass(frozen=True, kw_only=True, slots=True)
class Texts:
    """One text or several; `waits` where at least one of them, or the whole list, is not known yet."""

    known: tuple[str, ...] = ()
    waits: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """One statement; an element that it does not have is `None`, an effect that is not known yet too.

    `place` is `Statement[0]`, or `Statement` where it is the only one and no list. `principals` maps kinds (`AWS`,
    `Service`, `Federated`, `CanonicalUser`, and `*` for everyone) to texts; it has the kind `?` where the whole element
    is not known yet. `conditions` maps operators to keys to values. `waiting` has the elements that are not known, or
    not wholly.
    """

    place: str
    effect: Literal["Allow", "Deny"] | None
    actions: Texts | None = None
    not_actions: Texts | None = None
    resources: Texts | None = None
    not_resources: Texts | None = None
    principals: Mapping[str, Texts] | None = None
    not_principals: Mapping[str, Texts] | None = None
    conditions: Mapping[str, Mapping[str, Texts]] = field(default_factory=dict[str, Mapping[str, Texts]])
    waiting: tuple[str, ...] = ()

    def allows(self, action: str) -> Answer:
        """Whether it allows `action` (`secretsmanager:GetSecretValue`) on anything, conditions aside."""
        if self.effect == "Deny":
            return Answer.NO
        answer = _covers(self.actions, self.not_actions, action)
        return Answer.WAITS if self.effect is None and answer is Answer.YES else answer


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyDocument:
    """`faults` are clauses about places that cannot be judged; `waiting` are places of unknown statements."""

    statements: tuple[Statement, ...]
    faults: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Unreadable:
    """There is something, but no policy document; `problem` continues the property's name."""

    problem: str


def document(reading: Reading) -> PolicyDocument | Unreadable | Unknown | Missing:
    """The policy document that a property holds, as JSON text or as an object."""
    match reading:
        case Unknown() | Missing():
            return reading
        case Malformed(at=parent):
            return Unreadable(problem=f"is not there: {parent} is not an object")
        case Known(value=str(text)):
            parsed = _parse(text)
            return parsed if isinstance(parsed, Unreadable) else _document(parsed)
        case Known(value=dict()):
            return _document(reading)
        case Known():
            return Unreadable(problem="is neither the JSON text of a policy nor an object")


def matches(pattern: str, text: str) -> bool:
    """Whether `text` fits `pattern` with IAM's wildcards `*` and `?`. Letters count; fold them for actions.

    Takes time in proportion to the two lengths, whatever the pattern.
    """
    at, in_text, star, resume = 0, 0, -1, 0
    while in_text < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, resume, at = at, in_text, at + 1
        elif at < len(pattern) and pattern[at] in ("?", text[in_text]):
            at, in_text = at + 1, in_text + 1
        elif star >= 0:
            resume += 1
            at, in_text = star + 1, resume
        else:
            return False
    return not pattern[at:].strip("*")


def action_matches(pattern: str, action: str) -> bool:
    """Whether the action pattern covers the action; neither's letters count (`Action` in IAM's JSON reference)."""
    return matches(pattern.lower(), action.lower())


def _covers(named: Texts | None, excepted: Texts | None, action: str) -> Answer:
    if excepted is not None:
        if any(action_matches(pattern, action) for pattern in excepted.known):
            return Answer.NO
        return Answer.WAITS if excepted.waits else Answer.YES
    if named is None:
        return Answer.NO
    if any(action_matches(pattern, action) for pattern in named.known):
        return Answer.YES
    return Answer.WAITS if named.waits else Answer.NO


class _RepeatedMemberError(ValueError):
    """A member occurs twice: AWS refuses that, and a parser that takes the last one would judge half of it."""


def _parse(text: str) -> Known | Unreadable:
    try:
        parsed: object = json.loads(text, object_pairs_hook=_without_repetition, parse_constant=_no_constant)
    except _RepeatedMemberError:
        return Unreadable(problem="has a member twice in one object")
    except (ValueError, RecursionError):
        return Unreadable(problem="is not the JSON text of a policy")
    node = _node(parsed)
    return node if isinstance(node.value, dict) else Unreadable(problem="is not the JSON text of a policy")


def _without_repetition(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _RepeatedMemberError
    return members


def _no_constant(_name: str) -> object:
    raise ValueError("NaN and Infinity are no JSON")


def _node(value: object) -> Known:
    if isinstance(value, dict):
        return Known({name: _node(member) for name, member in cast("dict[str, object]", value).items()})
    if isinstance(value, list):
        return Known([_node(element) for element in cast("list[object]", value)])
    return Known(value)


def _document(root: Known) -> PolicyDocument | Unreadable:
    members = dict(children(root))
    if not members.keys() <= DOCUMENT_ELEMENTS:
        return Unreadable(problem="has members that a policy does not have")
    if "Statement" not in members:
        return Unreadable(problem="has no Statement")
    reader = _Reader()
    whole = members["Statement"]
    if isinstance(whole, Known) and isinstance(whole.value, list):
        for index, node in children(whole):
            reader.statement(f"Statement[{index}]", node)
    else:
        reader.statement("Statement", whole)
    return PolicyDocument(
        statements=tuple(reader.statements), faults=tuple(reader.faults), waiting=tuple(reader.waiting)
    )


class _Reader:
    """Collects the statements of one document, and what is wrong with the others."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []
        self.faults: list[str] = []
        self.waiting: list[str] = []

    def statement(self, place: str, node: Node) -> None:
        if isinstance(node, Unknown):
            self.waiting.append(place)
            return
        if not isinstance(node.value, dict):
            self.faults.append(f"{place} is not an object")
            return
        members = {name: member for name, member in children(node) if member != Known(None)}
        faults = [*_unfit(place, members)]
        read = _Elements(place, members, faults)
        found = Statement(
            place=place,
            effect=read.effect(),
            actions=read.texts("Action"),
            not_actions=read.texts("NotAction"),
            resources=read.texts("Resource"),
            not_resources=read.texts("NotResource"),
            principals=read.principals("Principal"),
            not_principals=read.principals("NotPrincipal"),
            conditions=read.conditions(),
            waiting=tuple(sorted(read.waiting)),
        )
        if faults:
            self.faults.extend(faults)
        else:
            self.statements.append(found)


def _unfit(place: str, members: Mapping[str, Node]) -> Iterable[str]:
    if not members.keys() <= STATEMENT_ELEMENTS:
        yield f"{place} has elements that a statement does not have"
    for name in ("Action", "Resource", "Principal"):
        if {name, f"Not{name}"} <= members.keys():
            yield f"{place} has both {name} and Not{name}"
    if not {"Action", "NotAction"} & members.keys():
        yield f"{place} has neither Action nor NotAction"


class _Elements:
    """Reads the elements of one statement; writes what does not fit to `faults`."""

    def __init__(self, place: str, members: Mapping[str, Node], faults: list[str]) -> None:
        self._place, self._members, self._faults = place, members, faults
        self.waiting: set[str] = set()

    def effect(self) -> Literal["Allow", "Deny"] | None:
        match self._members.get("Effect"):
            case Unknown():
                self.waiting.add("Effect")
            case Known(value="Allow"):
                return "Allow"
            case Known(value="Deny"):
                return "Deny"
            case _:
                self._faults.append(f"{self._place}.Effect is neither Allow nor Deny")
        return None

    def texts(self, name: str) -> Texts | None:
        node = self._members.get(name)
        return None if node is None else self._texts(name, name, node)

    def principals(self, name: str) -> Mapping[str, Texts] | None:
        node = self._members.get(name)
        if node is None:
            return None
        if isinstance(node, Unknown):
            self.waiting.add(name)
            return {"?": Texts(waits=True)}
        if node.value == EVERYONE:
            return {EVERYONE: Texts(known=(EVERYONE,))}
        kinds = dict(children(node)) if isinstance(node.value, dict) else {}
        if not kinds:
            self._faults.append(f"{self._place}.{name} is neither * nor an object of kinds of principals")
            return None
        return {kind: self._texts(name, f"{name} of one kind", texts) for kind, texts in kinds.items()}

    def conditions(self) -> Mapping[str, Mapping[str, Texts]]:
        node = self._members.get("Condition")
        if node is None:
            return {}
        if isinstance(node, Unknown):
            self.waiting.add("Condition")
            return {}
        if not isinstance(node.value, dict):
            self._faults.append(f"{self._place}.Condition is not an object")
            return {}
        found: dict[str, Mapping[str, Texts]] = {}
        for operator, keys in children(node):
            if isinstance(keys, Unknown):
                self.waiting.add("Condition")
            elif not isinstance(keys.value, dict):
                self._faults.append(f"{self._place}.Condition has an operator without an object of keys")
            else:
                found[operator] = {
                    key: self._texts("Condition", "Condition's values", values) for key, values in children(keys)
                }
        return found

    def _texts(self, element: str, what: str, node: Node) -> Texts:
        nodes = [each for _, each in children(node)] if isinstance(node, Known) else [node]
        if isinstance(node, Known) and not isinstance(node.value, list):
            nodes = [node]
        known: list[str] = []
        waits = False
        for each in nodes:
            match each:
                case Unknown():
                    waits = True
                case Known(value=str(text)) if text:
                    known.append(text)
                case Known(value=bool() as switch) if element == "Condition":
                    known.append(str(switch).lower())
                case Known(value=int() | float() as number) if element == "Condition":
                    known.append(f"{number:g}")
                case Known(value="") if element == "Condition":
                    known.append("")
                case Known():
                    self._faults.append(f"{self._place}.{what} is not a text or a list of texts")
        if waits:
            self.waiting.add(element)
        elif not nodes and element != "Condition":
            self._faults.append(f"{self._place}.{what} is an empty list")
        return Texts(known=tuple(known), waits=waits)
