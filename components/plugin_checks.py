"""Whether the plugins of a chain could run, told from their text before anything is deployed. Pure.

    each plugin ──► its `validate`, which must take auth_context and return ──► what it asks for by name
                                                                                       │
                        providers: the authorizer's own, and the chain's `_providers.py`, with what they ask for

The authorizer denies everybody when one file of its chain is unfit (functions/authorizer/plugin_loader.py); the rules
here are its rules, as far as a text shows them. This deliberately runs nothing of a chain, and so cannot tell what a
name is that is imported, decorated or made by a call, whether a package that a plugin imports is in the archive or a
layer, and whether the environment has what a provider reads of it: the authorizer's log says so at the first call.
"""

import ast
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path

from components.errors import ArgumentError

PLUGIN_FUNCTION = "validate"
PROVIDERS_FILE = "_providers.py"
PROVIDER_PREFIX = "provide_"

# Where the names are that the plugins of every chain may ask for.
AUTHORIZERS_PROVIDERS = Path(__file__).resolve().parent.parent / "functions" / "authorizer" / "providers.py"

_SIGNATURE = f"`def {PLUGIN_FUNCTION}(auth_context):`"
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_NO_CALLABLES = (
    ast.Constant, ast.JoinedStr, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp,
    ast.GeneratorExp, ast.Import,
)  # fmt: skip
# Where a module has one of these, its text need not show all its names.
_HIDING = frozenset({"exec", "globals", "locals", "setattr", "vars"})


class _UnfitError(Exception):
    """Why something cannot run, the fix included; with the file and the line where they are known."""

    def __init__(self, words: str, node: ast.AST | None = None, file: str = "") -> None:
        super().__init__(words)
        self.line = getattr(node, "lineno", None)
        self.file = file


def check_chain(what: str, directory: Path, trees: Mapping[str, ast.Module]) -> None:
    """Raises `ArgumentError` for the first plugin that could not run: its file, the line and the fix.

    `trees` are the files directly in the chain's folder, by their names; `what` names the argument in the error.
    """
    providers = _Providers(trees.get(PROVIDERS_FILE))
    for file, tree in trees.items():
        if file.startswith("_"):
            continue
        try:
            validate = _bindings(tree).get(PLUGIN_FUNCTION)
            _check_validate(validate)
            for name in _asked_for(PLUGIN_FUNCTION, validate, skipped=1):
                providers.check(name, validate)
        except _UnfitError as unfit:
            line = f" line {unfit.line}" if unfit.line else ""
            raise ArgumentError(f"{what}: {directory / (unfit.file or file)}{line} {unfit}") from unfit


class _Providers:
    """What may be asked for by name: the file and the node of each provider; the node is None where it is hidden."""

    def __init__(self, chains_own: ast.Module | None) -> None:
        self._all: dict[str, tuple[str, ast.AST | None]] = {
            name: (AUTHORIZERS_PROVIDERS.name, node) for name, node in _authorizers_providers().items()
        }
        self._hides_names = False
        if chains_own is not None:
            self._all.update({name: (PROVIDERS_FILE, node) for name, node in _providers_in(chains_own).items()})
            self._hides_names = _hides_names(chains_own)

    def check(self, name: str, asking: ast.AST | None, file: str = "", being_made: tuple[str, ...] = ()) -> None:
        """Raises `_UnfitError` where the name, or one that its provider asks for in turn, cannot be provided."""
        if self._hides_names:
            return
        if name not in self._all:
            raise _UnfitError(
                f"asks for {name!r}, which nothing provides; ask for one of {', '.join(sorted(self._all))}, give the "
                f"parameter a default, or add {PROVIDER_PREFIX}{name} to {PROVIDERS_FILE}.",
                asking,
                file,
            )
        of_file, provider = self._all[name]
        function = f"{PROVIDER_PREFIX}{name}"
        if name in being_made:
            raise _UnfitError(f"has a {function} that needs itself; let it ask for something else.", provider, of_file)
        try:
            needed = _asked_for(function, provider, skipped=0)
        except _UnfitError as unfit:
            raise _UnfitError(str(unfit), provider, of_file) from unfit
        for each in needed:
            self.check(each, provider, of_file, (*being_made, name))


@functools.cache
def _authorizers_providers() -> Mapping[str, ast.AST | None]:
    return _providers_in(ast.parse(AUTHORIZERS_PROVIDERS.read_bytes()))


def _providers_in(tree: ast.Module) -> dict[str, ast.AST | None]:
    """The providers of a module by what they provide."""
    return {
        name.removeprefix(PROVIDER_PREFIX): node
        for name, node in _bindings(tree, in_blocks=True).items()
        if name.startswith(PROVIDER_PREFIX) and not isinstance(node, _NO_CALLABLES)
    }


def _hides_names(tree: ast.Module) -> bool:
    return any(
        (isinstance(node, ast.Name) and node.id in _HIDING) or (isinstance(node, ast.alias) and node.name == "*")
        for node in ast.walk(tree)
    )


def _bindings(tree: ast.Module, *, in_blocks: bool = False) -> dict[str, ast.AST]:
    """What the module's names are bound to in the end; aliases are followed.

    A name that a block (`if`, `try`) may bind again is bound to the block, which says nothing of it. One that only
    blocks bind is left out without `in_blocks`.
    """
    bound: dict[str, ast.AST] = {}
    for node in tree.body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Import() | ast.ImportFrom():
                bound.update(dict.fromkeys(_bound_by(node), node))
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                bound[name] = bound.get(value.id, value) if isinstance(value, ast.Name) else value
            case ast.AnnAssign(target=ast.Name(id=name), value=value):
                if value is not None:
                    bound[name] = bound.get(value.id, value) if isinstance(value, ast.Name) else value
            case ast.Assign():
                bound.update(dict.fromkeys(_bound_by(node), node))
            case _:
                names = {name for inner in ast.walk(node) for name in _bound_by(inner)}
                bound.update({name: node for name in names if in_blocks or name in bound})
    return bound


def _bound_by(node: ast.AST) -> Iterator[str]:
    """The names that a statement binds by def, class, assignment or import."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case ast.Assign(targets=targets):
            yield from (name for target in targets for inner in ast.walk(target) for name in _bound_by(inner))
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in aliases)
        case _:
            pass


def _check_validate(validate: ast.AST | None) -> None:
    missing = f"has no top-level {PLUGIN_FUNCTION}"
    match validate:
        case None:
            raise _UnfitError(
                f"{missing}; add {_SIGNATURE}, or start the file's name with _ if other plugins import it."
            )
        case ast.AsyncFunctionDef():
            raise _UnfitError(f"{missing} that can be called: it is asynchronous; write {_SIGNATURE}.", validate)
        case ast.ClassDef():
            raise _UnfitError(f"{missing} that can be called: it is a class; write {_SIGNATURE}.", validate)
        case _ if isinstance(validate, _NO_CALLABLES):
            raise _UnfitError(f"has a {PLUGIN_FUNCTION} that is no function; write {_SIGNATURE}.", validate)
        case _:
            pass


def _asked_for(name: str, function: ast.AST | None, *, skipped: int) -> tuple[str, ...]:
    """What a function asks for: its parameters without a default after the first `skipped`; nothing if it is unknown.

    Raises `_UnfitError` where the authorizer could not call it, or would get no result (authorizer/injection.py).
    """
    if not isinstance(function, ast.FunctionDef | ast.Lambda):
        return ()
    if isinstance(function, ast.FunctionDef) and function.decorator_list:
        return ()  # what is called is what the decorator has made of it
    if _yields(function):
        raise _UnfitError(f"has a {name} that is a generator; return the result, without yield.", function)
    arguments = function.args
    positional = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    if len(positional) < skipped and arguments.vararg is None:
        raise _UnfitError(f"has a {name} that does not take auth_context; write {_SIGNATURE}.", function)
    if len(arguments.posonlyargs) > skipped:
        raise _UnfitError(
            f"has a {name} with a parameter that cannot be given by name; move the / to the left or leave it out.",
            function,
        )
    by_name = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return (
        *positional[skipped : len(positional) - len(arguments.defaults)],
        *(each.arg for each, default in by_name if default is None),
    )


def _yields(function: ast.FunctionDef | ast.Lambda) -> bool:
    """Whether there is a yield in the function itself, not in one inside it."""
    pending: list[ast.AST] = [function.body] if isinstance(function, ast.Lambda) else [*function.body]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, _SCOPES):
            pending.extend(ast.iter_child_nodes(node))
    return False
