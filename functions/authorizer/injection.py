"""Which names a function asks for, and the one value that each name has in a chain.

A parameter without a default is asked for by name. One with a default is left alone, as in pytest, whose fixtures these
are not: values are made once per chain, and never again.
"""

from __future__ import annotations

from types import CodeType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from authorizer.providers import Provider

# Flags of code objects: https://docs.python.org/3/library/inspect.html#code-objects-bit-flags
_RETURNS_NO_RESULT = 0x20 | 0x80 | 0x200  # a generator, a coroutine, an asynchronous generator
_TAKES_ANY_POSITIONAL = 0x04


class UnknownProviderError(LookupError):
    """Something is asked for that nobody provides. Its only argument is the name."""


class ProviderError(Exception):
    """The provider of `name` raised `cause`."""

    def __init__(self, name: str, cause: BaseException) -> None:
        """Hold both; the message of the cause is not repeated."""
        super().__init__(name)
        self.name = name
        self.cause = cause


class Values:
    """The values of a chain by name, made when they are first asked for."""

    def __init__(self, providers: Mapping[str, Provider], given: Mapping[str, object]) -> None:
        """Take the providers, and values that need none: a test's fakes."""
        self._providers = providers
        self._values = dict(given)
        self._being_made: list[str] = []

    @property
    def names(self) -> list[str]:
        """All that may be asked for, sorted."""
        return sorted({*self._providers, *self._values})

    def __getitem__(self, name: str) -> object:
        """Return the value.

        Raises:
            UnknownProviderError: there is none.
            ProviderError: it could not be made.
        """
        if name not in self._values:
            provider = self._providers.get(name)
            if provider is None:
                raise UnknownProviderError(name)
            if name in self._being_made:
                raise ProviderError(name, RecursionError("needs itself"))
            self._being_made.append(name)
            needed = self.for_names(wanted_names(provider))
            try:
                self._values[name] = provider(**needed)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 -- whatever a provider does must end in a denial
                raise ProviderError(name, error) from None
            self._being_made.remove(name)
        return self._values[name]

    def for_names(self, names: tuple[str, ...]) -> dict[str, object]:
        """Return the values of several names; raises like `__getitem__`."""
        return {name: self[name] for name in names}


def wanted_names(function: object, *, skipped: int = 0) -> tuple[str, ...]:
    """Return the parameters without a default after the first `skipped` ones.

    A callable that is not written in Python, or is an object of its own, is taken to want none. `inspect`, which knows
    more, costs a cold start 20 ms.

    Raises:
        TypeError: `skipped` positional arguments cannot be given, a parameter cannot be given by name, or what is
            called would return no result but something that is to be waited for or iterated over.
    """
    seen = 0
    while hasattr(function, "__wrapped__") and seen < 100:  # what functools.wraps leaves; a circle ends, too
        function = getattr(function, "__wrapped__", None)
        seen += 1
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        return ()
    if code.co_flags & _RETURNS_NO_RESULT:
        raise TypeError("is asynchronous or a generator")
    skipped += getattr(function, "__self__", None) is not None
    positional = code.co_varnames[: code.co_argcount]
    if len(positional) < skipped and not code.co_flags & _TAKES_ANY_POSITIONAL:
        raise TypeError("does not take auth_context")
    if code.co_posonlyargcount > skipped:
        raise TypeError("wants more than auth_context without a name")
    defaults: tuple[Any, ...] = getattr(function, "__defaults__", None) or ()
    keyword_defaults: dict[str, Any] = getattr(function, "__kwdefaults__", None) or {}
    keyword_only = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    return (
        *positional[skipped : len(positional) - len(defaults)],
        *(name for name in keyword_only if name not in keyword_defaults),
    )
