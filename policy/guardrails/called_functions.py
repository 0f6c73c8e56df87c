"""Which Lambda function of the stack stands behind an invoke ARN: of an authorizer, of an integration.

By the name in the ARN where that is known, else by what the ARN comes from; an alias leads to its function. A function
that the stack does not declare cannot be found, and nothing is judged here.
"""

import re
from collections.abc import Iterator
from typing import Final

from guardrails.properties import Known, Unknown, known_text
from guardrails.resources import Resource, Stack

FUNCTION: Final = "aws:lambda/function:Function"
_ALIAS: Final = "aws:lambda/alias:Alias"
_NAME_IN_ARN: Final = re.compile(r":function:([A-Za-z0-9_-]+)(?::[A-Za-z0-9_$-]+)?(?:/invocations)?$")


class CalledFunctions:
    """Finds functions by invoke ARN."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._by_name = {
            name: function
            for function in stack.of_type(FUNCTION)
            if (name := known_text(function.read("name"))) is not None  # one that is not known is in no ARN that is
        }

    def behind(self, caller: Resource, name: str) -> Resource | Unknown | None:
        """The function that property `name` names; `Unknown` where that is not known yet, `None` where it is none."""
        match caller.read(name):
            case Known(value=str(text)):
                return self.named_in(text)
            case Unknown():
                functions = {each.urn: each for each in self._origins(caller, name)}
                return next(iter(functions.values())) if len(functions) == 1 else Unknown()
            case _:
                return None

    def named_in(self, arn: str) -> Resource | None:
        """The function whose name an invoke ARN, or a function's own ARN, ends in."""
        found = _NAME_IN_ARN.search(arn)
        return self._by_name.get(found[1]) if found else None

    def _origins(self, caller: Resource, name: str) -> Iterator[Resource]:
        for urn in sorted(caller.origins_of(name) & self._stack.by_urn.keys()):
            origin = self._stack.by_urn[urn]
            if origin.type == FUNCTION:
                yield origin
            elif origin.type == _ALIAS:
                function = self._by_name.get((known_text(origin.read("functionName")) or "").rpartition(":")[2])
                yield from [function] if function is not None else self._origins(origin, "functionName")
