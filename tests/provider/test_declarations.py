"""What is kept of the pulumi_aws package says the same as the package, and nothing is lost without it."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from sandbox.provider import declarations, package
from sandbox.provider.declarations import declaration
from sandbox.provider.registry import RESOURCE_TYPES
from sandbox.provider.schema import PROVIDER, Property

TOKENS = [*sorted(RESOURCE_TYPES), PROVIDER]


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of the test's own."""
    monkeypatch.setenv("GATEHOUSE_CACHE", str(tmp_path))
    declarations.forget()
    yield tmp_path
    declarations.forget()


def assert_same(kept: Mapping[str, Property], declared: Mapping[str, Property], seen: set[type]) -> None:
    """Every field, and those of every object below; each class once, because WAF's statements hold statements."""
    if isinstance(declared, package.FieldsOf):
        if declared.arguments_class in seen:
            return
        seen.add(declared.arguments_class)
    assert kept.keys() == declared.keys()
    for name, found in declared.items():
        assert_same_property(kept[name], found, seen)


def assert_same_property(kept: Property | None, declared: Property | None, seen: set[type]) -> None:
    assert (kept is None) == (declared is None)
    if kept is not None and declared is not None:
        assert (kept.kind, kept.required) == (declared.kind, declared.required)
        assert_same_property(kept.element, declared.element, seen)
        assert_same_property(kept.alternative, declared.alternative, seen)
        assert_same(kept.fields, declared.fields, seen)


@pytest.mark.parametrize("token", TOKENS)
def test_what_is_kept_says_what_the_package_says(token: str) -> None:
    resource_class, arguments_class = package.classes(token)
    kept = declaration(token)
    assert_same(kept.inputs, package.input_properties(arguments_class), set())
    assert kept.outputs == set(package.output_types(resource_class))


def test_a_type_that_the_package_does_not_have_is_told() -> None:
    for token in ("aws:iam/nothing:Nothing", "aws:nothing/role:Role"):
        with pytest.raises(LookupError, match=f"pulumi_aws has no {token}"):
            declaration(token)


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"inputs": "a", "outputs": [], "objects": {}}'])
def test_a_file_that_cannot_be_used_is_made_again(empty_cache: Path, damage: str) -> None:
    first = declaration("aws:iam/role:Role")
    [file] = empty_cache.rglob("*.json")
    whole = file.read_text()
    file.write_text(damage)
    declarations.forget()

    assert declaration("aws:iam/role:Role").outputs == first.outputs
    assert file.read_text() == whole
    assert [*file.parent.iterdir()] == [file]


def test_a_cache_that_cannot_be_written_costs_time_only(empty_cache: Path) -> None:
    (empty_cache / "declarations").write_text("a file where the folder would be")

    assert "arn" in declaration("aws:iam/role:Role").outputs


def test_a_process_that_finds_everything_kept_imports_neither_the_package_nor_the_sdk() -> None:
    for token in TOKENS:
        declaration(token)
    program = """
import sys
from sandbox.engine.language_host.program import import_protocol_only
import_protocol_only()  # as the sandbox's process does
from sandbox.provider import server
from sandbox.provider.declarations import declaration
from sandbox.provider.registry import RESOURCE_TYPES
for token in RESOURCE_TYPES:
    declaration(token)
sys.exit("pulumi_aws" in sys.modules or "pulumi.resource" in sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
