"""Headers and query parameters as a plugin sees them: read-only, one value per name.

API Gateway's event has one value per name, the last that the caller sent, and all of them under `multiValue...`.
Where they differ, the authorizer could check one value while the backend uses another: to ask for such a name is a
denial (`ambiguous_header`). Names of headers are looked up without regard to case, as HTTP has them (RFC 9110 section
5.1).
"""

from __future__ import annotations

from collections.abc import Mapping

from authorizer.denial import NotAuthenticated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class SingleValues(Mapping[str, str]):
    """An immutable mapping, so that all plugins may share it. A look-up reads all names, of which a request has few."""

    __slots__ = ("_ambiguity_reason", "_multiple", "_normalized", "_values")

    def __init__(
        self,
        values: Mapping[str, str],
        multiple: Mapping[str, list[str]],
        *,
        normalized: Callable[[str], str],
        ambiguity_reason: str,
    ) -> None:
        """Take the event's two forms of the same names."""
        self._values = values
        self._multiple = multiple
        self._normalized = normalized
        self._ambiguity_reason = ambiguity_reason

    def __getitem__(self, name: str) -> str:
        """Return the value; raises KeyError where there is none, `NotAuthenticated` where there are several."""
        wanted = self._normalized(name)
        found = {value for sent, value in self._values.items() if self._normalized(sent) == wanted}
        for sent, values in self._multiple.items():
            if self._normalized(sent) == wanted:
                found.update(values)
        if not found:
            raise KeyError(name)
        if len(found) > 1:
            raise NotAuthenticated(self._ambiguity_reason)
        return found.pop()

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names, headers in lower case."""
        return iter(self._names())

    def __len__(self) -> int:
        """Count the names."""
        return len(self._names())

    def _names(self) -> dict[str, None]:
        return dict.fromkeys(self._normalized(name) for name in (*self._values, *self._multiple))

    def __repr__(self) -> str:
        """Show the names only: values may be credentials."""
        return f"<SingleValues {', '.join(self._names())}>"


def headers(values: Mapping[str, str], multiple: Mapping[str, list[str]]) -> SingleValues:
    """Return headers, looked up without regard to case."""
    return SingleValues(values, multiple, normalized=str.lower, ambiguity_reason="ambiguous_header")


def query_string_parameters(values: Mapping[str, str], multiple: Mapping[str, list[str]]) -> SingleValues:
    """Return query parameters, whose names are case-sensitive."""
    return SingleValues(values, multiple, normalized=str, ambiguity_reason="ambiguous_query_parameter")
