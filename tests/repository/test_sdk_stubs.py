"""The stubs that `make check` puts beside the SDK's modules: the same names, from the same declarations."""

import ast
import importlib
import shutil
from pathlib import Path

import pulumi_aws

from tests.support.sdk_stubs import LINKED, write_stubs

SDK = Path(pulumi_aws.__file__).parent


def test_a_service_has_the_names_that_its_modules_export(tmp_path: Path) -> None:
    folder = tmp_path / "acm"
    shutil.copytree(SDK / "acm", folder, ignore=shutil.ignore_patterns("*.pyi", "__pycache__"))
    modules = [path.stem for path in folder.glob("*.py") if path.stem not in ("__init__", *LINKED)]
    exported = {
        name: module for module in modules for name in importlib.import_module(f"pulumi_aws.acm.{module}").__all__
    }

    write_stubs(folder)

    assert {"Certificate", "CertificateArgs", "get_certificate"} <= exported.keys()
    assert _imports(folder / "__init__.pyi") == ({**exported, "outputs": None}, ["_inputs"])


def test_inputs_and_outputs_are_the_modules_themselves(tmp_path: Path) -> None:
    package = _package(tmp_path)

    write_stubs(package)

    links = {stub.relative_to(package): stub.resolve() for stub in package.rglob("*.pyi") if stub.is_symlink()}
    assert links == {
        Path("service/_inputs.pyi"): package / "service" / "_inputs.py",
        Path("service/outputs.pyi"): package / "service" / "outputs.py",
    }


def test_a_module_that_does_not_list_its_names_keeps_its_star(tmp_path: Path) -> None:
    package = _package(tmp_path)

    write_stubs(package)

    assert (package / "service" / "__init__.pyi").read_text() == (
        "import typing\n"
        "from .thing import ThingArgs as ThingArgs, Thing as Thing\n"
        "from .unlisted import *\n"
        "from ._inputs import *\n"
        "from . import outputs as outputs\n"
    )


def test_what_was_interrupted_is_made_whole_and_what_is_whole_is_left(tmp_path: Path) -> None:
    package = _package(tmp_path)
    write_stubs(package)
    stub = package / "service" / "__init__.pyi"
    whole = stub.read_text()

    stub.write_text("cut sho")
    (package / "__init__.pyi").unlink()
    write_stubs(package)
    assert stub.read_text() == whole

    stub.write_text("left")
    write_stubs(package)
    assert stub.read_text() == "left"


def _package(folder: Path) -> Path:
    service = folder / "sdk" / "service"
    service.mkdir(parents=True)
    (folder / "sdk" / "__init__.py").write_text("import sdk.service as __service\nservice = __service\n")
    (service / "__init__.py").write_text(
        "import typing\nfrom .thing import *\nfrom .unlisted import *\nfrom ._inputs import *\nfrom . import outputs\n"
    )
    (service / "thing.py").write_text("import pulumi\n\n__all__ = [\n    'ThingArgs',\n    'Thing',\n]\n")
    (service / "unlisted.py").write_text("class Unlisted: ...\n")
    (service / "_inputs.py").write_text("__all__ = ['ThingSizeArgs']\n")
    (service / "outputs.py").write_text("__all__ = ['ThingSize']\n")
    return folder / "sdk"


def _imports(stub: Path) -> tuple[dict[str, str | None], list[str]]:
    """The modules that names are imported from for others, by name, and those that are imported with a star."""
    named: dict[str, str | None] = {}
    starred: list[str] = []
    for statement in ast.walk(ast.parse(stub.read_text())):
        if not isinstance(statement, ast.ImportFrom):
            continue
        for alias in statement.names:
            if alias.name == "*" and statement.module is not None:
                starred.append(statement.module)
            elif alias.asname == alias.name:
                named[alias.name] = statement.module
    return named, starred
