"""The OpenAPI body of one resource: read, or the finding that says why it cannot be; and how messages name its parts.

Paths, methods and schemes are named in messages. Where Pulumi marks the body as a secret they are counted instead.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from guardrails.authorization.openapi.documents import UnreadableDocumentError, parse
from guardrails.properties import Known, Malformed, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Undecided, Violation

_LONGEST_NAME = 100


@dataclass(frozen=True, kw_only=True)
class Body:
    """`document` is what the text holds; `secret` when its text may not be repeated."""

    document: Mapping[str, object] = field(repr=False)
    secret: bool = False

    def name(self, kind: str, number: int, text: object) -> str:
        """How a message calls a part of the document: by its own name, or as for example `path number 2`."""
        if self.secret or not isinstance(text, str):
            return f"{kind} number {number}"
        return f"{kind} {shown(text)}"


def shown(text: str) -> str:
    """A name from a document, on one line and not longer than a message can bear."""
    quoted = repr(text)
    return quoted if len(quoted) <= _LONGEST_NAME else f"{quoted[: _LONGEST_NAME - 4]}...'"


def read_body(api: Resource) -> Iterator[Body | Finding]:
    """Nothing where there is no body; otherwise the body or what stands in the way of it, one of both."""
    match api.read("body"):
        case Missing():
            return
        case Unknown():
            yield Undecided(resource=api, properties=("body",))
        case Known(value=str(text), secret=secret):
            try:
                yield Body(document=parse(text), secret=secret)
            except UnreadableDocumentError as error:
                yield Violation(
                    resource=api, problem=f"its body {error}, so nobody can tell who may call what it declares."
                )
        case Known() | Malformed():
            yield Violation(resource=api, problem="its body is not a text, so nobody can tell what it declares.")
