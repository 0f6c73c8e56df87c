"""Stub files beside the generated modules of pulumi_aws, for `make check`: with them its types cost half as much.

They repeat the SDK's own declarations, so that what is an error without them is one with them:

- `_inputs.pyi` and `outputs.pyi` are links to the modules. In a module a type checker goes from each name in an
  annotation back past every class to where it was imported, for it might have been assigned since; in a stub it need
  not. The rules of WAF's web ACLs mention each other in 2.8 MB, which took 7 s.
- `__init__.pyi` names what a service's `__init__.py` imports with `*`. Behind a `*` every module of a service is read
  before the first name is found: all 69 of S3's for a bucket.

They are in `.venv`, which is made anew when a version changes. Deliberately nothing else of the SDK is rewritten: a
module whose names are in no literal `__all__` keeps its `*`, and where there are no stubs only time is lost.
"""

import ast
import re
import sys
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "pulumi_aws"
LINKED = ("_inputs", "outputs")
_STAR = re.compile(r"^from \.(\w+) import \*$", re.MULTILINE)
_OUTPUTS = re.compile(r"^from \. import outputs$", re.MULTILINE)
_ALL = re.compile(r"^__all__ = (\[.*?\])", re.MULTILINE | re.DOTALL)
_HEAD_CHARACTERS = 8192
"""`__all__` of a resource's module is among its first lines."""


def write_stubs(package: Path) -> None:
    """Write them below the package's folder, unless that was done; its own comes last, so that a part is no whole."""
    if (package / "__init__.pyi").exists():
        return
    for module in sorted(package.glob("*/__init__.py")):
        _write_stubs_of(module.parent)
    _write_stubs_of(package)


def _write_stubs_of(folder: Path) -> None:
    for name in LINKED:
        stub = folder / f"{name}.pyi"
        if (folder / f"{name}.py").exists() and not stub.is_symlink():
            stub.symlink_to(f"{name}.py")
    text = (folder / "__init__.py").read_text(encoding="utf-8")
    text = _STAR.sub(lambda found: _named(folder, found), text)
    # In a stub, only a name with an `as` is there for others.
    text = _OUTPUTS.sub("from . import outputs as outputs", text)
    (folder / "__init__.pyi").write_text(text, encoding="utf-8")


def _named(folder: Path, found: re.Match[str]) -> str:
    """The import of the module's names one by one; the `*` for a linked module, which is read anyway."""
    module = found[1]
    if module in LINKED:
        return found[0]
    with (folder / f"{module}.py").open(encoding="utf-8") as file:
        listed = _ALL.search(file.read(_HEAD_CHARACTERS))
    if listed is None:
        return found[0]
    names = ", ".join(f"{name} as {name}" for name in ast.literal_eval(listed[1]))
    return f"from .{module} import {names}"


def main() -> int:
    """Write the stubs of the SDK that this interpreter imports."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        sys.stderr.write(f"error: {PACKAGE} is not installed: make setup\n")
        return 1
    write_stubs(Path(spec.origin).parent)
    return 0


if __name__ == "__main__":
    sys.exit(main())
