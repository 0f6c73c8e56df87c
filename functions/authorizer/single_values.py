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
    """An immutable mapping, so that all plugins may share it."""

    __slots__ = ("_ambiguous", "_normalize", "_reason", "_values")

    def __init__(
        self,
        values: Mapping[str, str],
        multiple: Mapping[str, list[str]],
        *,
        normalize: Callable[[str], str],
        ambiguity_reason: str,
    ) -> None:
        """Take the event's two forms of the same names; both are read here and not kept."""
        self._normalize = normalize
        self._reason = ambiguity_reason
        self._values: dict[str, str] = {}
        self._ambiguous: set[str] = set()
        for name, value in values.items():
            self._add(name, value)
        for name, all_values in multiple.items():
            for value in all_values:
                self._add(name, value)

    def _add(self, name: str, value: str) -> None:
        if self._values.setdefault(self._normalize(name), value) != value:
            self._ambiguous.add(self._normalize(name))

    def __getitem__(self, name: str) -> str:
        """Return the value; raises KeyError where there is none, `NotAuthenticated` where there are several."""
        normalized = self._normalize(name)
        value = self._values[normalized]
        if normalized in self._ambiguous:
            raise NotAuthenticated(self._reason)
        return value

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names, headers in lower case."""
        return iter(self._values)

    def __len__(self) -> int:
        """Count the names."""
        return len(self._values)

    def __repr__(self) -> str:
        """Show the names only: values may be credentials."""
        return f"<SingleValues {', '.join(self._values)}>"


def headers(values: Mapping[str, str], multiple: Mapping[str, list[str]]) -> SingleValues:
    """Return headers, looked up without regard to case."""
    return SingleValues(values, multiple, normalize=str.lower, ambiguity_reason="ambiguous_header")


def query_string_parameters(values: Mapping[str, str], multiple: Mapping[str, list[str]]) -> SingleValues:
    """Return query parameters, whose names are case-sensitive."""
    return SingleValues(values, multiple, normalize=str, ambiguity_reason="ambiguous_query_parameter")
