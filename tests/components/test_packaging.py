"""Packaging: what goes into an archive, and what is refused before anything is deployed."""

from pathlib import Path

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.errors import ArgumentError
from components.packaging import FUNCTIONS_DIRECTORY, archive, merged, package_files, plugin_files

PLUGIN = "def validate(auth_context):\n    return True\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A source root with one package that has things beside its code."""
    package = tmp_path / "greeting"
    for folder in ("__pycache__", "tests", "words", ".git"):
        (package / folder).mkdir(parents=True)
    for name in (
        "__init__.py", "handler.py", "py.typed", "words/english.json", "__pycache__/handler.cpython-311.pyc",
        "tests/test_handler.py", "stale.pyc", ".env", ".git/config", "README.md", "pyproject.toml", "words/README.md",
    ):  # fmt: skip
        (package / name).write_text("")
    return tmp_path


def write_plugin(folder: Path, name: str, text: str = PLUGIN) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    return folder


def test_a_package_keeps_its_name_and_leaves_caches_tests_hidden_files_and_its_own_readme_behind(root: Path) -> None:
    assert list(package_files(["greeting"], root)) == [
        "greeting/__init__.py",
        "greeting/handler.py",
        "greeting/py.typed",
        "greeting/words/README.md",
        "greeting/words/english.json",
    ]


def test_a_plugin_folder_goes_to_plugins_with_its_helpers(tmp_path: Path) -> None:
    chain = write_plugin(tmp_path / "chain", "02_scope.py")
    write_plugin(chain, "01_verify.py")
    write_plugin(chain, "_shared.py", "LIMIT = 3\n")
    assert list(plugin_files(chain)) == ["plugins/01_verify.py", "plugins/02_scope.py", "plugins/_shared.py"]


@pytest.mark.parametrize(
    "text",
    [
        "validate = lambda auth_context: True\n",
        "from somewhere import check as validate\n",
        "validate: object = print\n",
    ],
    ids=["assigned", "imported", "annotated"],
)
def test_validate_may_be_assigned_or_imported(tmp_path: Path, text: str) -> None:
    assert plugin_files(write_plugin(tmp_path / "chain", "01_check.py", text))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def validate(:\n", "line 1 does not compile"),
        ("def validate(c):\n    pass\nreturn 1\n", "line 3 does not compile"),
        ("def validate(c):\n    '\x00'\n", "does not compile"),
        ("def check(auth_context):\n    return True\n", "has no top-level validate"),
        ("async def validate(auth_context):\n    return True\n", "has no top-level validate"),
        ("class Plugin:\n    def validate(self, c): ...\n", "has no top-level validate"),
        ("validate: object\n", "has no top-level validate"),
        ("", "has no top-level validate"),
    ],
    ids=["syntax", "return outside", "null byte", "other name", "async", "method", "only annotated", "empty file"],
)
def test_a_plugin_that_could_not_run_is_refused_by_file_and_reason(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ArgumentError, match=says) as refused:
        plugin_files(write_plugin(tmp_path / "chain", "01_check.py", text))
    assert "01_check.py" in str(refused.value)


def test_a_helper_that_no_plugin_could_import_is_refused_too(tmp_path: Path) -> None:
    chain = write_plugin(tmp_path / "chain", "01_check.py")
    write_plugin(chain, "_helper.py", "def (:\n")
    with pytest.raises(ArgumentError, match=r"_helper\.py line 1 does not compile"):
        plugin_files(chain)


def test_a_helper_needs_no_validate(tmp_path: Path) -> None:
    chain = write_plugin(tmp_path / "chain", "01_check.py")
    write_plugin(chain / "shared", "limits.py", "LIMIT = 3\n")
    assert "plugins/shared/limits.py" in plugin_files(chain)


def test_a_plugin_with_a_questionable_escape_is_the_plugins_own_matter(tmp_path: Path) -> None:
    assert plugin_files(write_plugin(tmp_path / "chain", "01_check.py", PLUGIN + "PATTERN = '\\d'\n"))


def test_a_plugins_folder_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="chain is not a folder; correct the path"):
        plugin_files(tmp_path / "chain")


def test_a_plugins_folder_without_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "chain").mkdir()
    with pytest.raises(ArgumentError, match="has no file to deploy"):
        plugin_files(tmp_path / "chain")


def test_a_plugins_folder_with_helpers_only_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"holds no plugin; add a file such as 01_verify\.py"):
        plugin_files(write_plugin(tmp_path / "chain", "_shared.py"))


@pytest.mark.parametrize("name", ["../chains", "hello.handler", "/etc", "", "a-b"])
def test_a_package_name_that_could_leave_the_source_root_is_refused(root: Path, name: str) -> None:
    with pytest.raises(ArgumentError, match="not the name of an import package"):
        package_files([name], root)


def test_a_missing_package_is_refused(root: Path) -> None:
    with pytest.raises(ArgumentError, match=r"'greetings': .* is not a folder"):
        package_files(["greetings"], root)


def test_a_package_without_code_is_refused(root: Path) -> None:
    (root / "empty").mkdir()
    (root / "empty" / "py.typed").write_text("")
    with pytest.raises(ArgumentError, match="has no Python file"):
        package_files(["empty"], root)


def test_a_link_out_of_the_folder_is_refused(root: Path, tmp_path: Path) -> None:
    (root / "greeting" / "passwd.py").symlink_to("/etc/passwd")
    with pytest.raises(ArgumentError, match=r"passwd\.py links to something outside the folder"):
        package_files(["greeting"], root)


def test_a_linked_folder_is_refused_even_inside_the_package(root: Path) -> None:
    (root / "greeting" / "again").symlink_to(root / "greeting" / "words", target_is_directory=True)
    with pytest.raises(ArgumentError, match="again is no file that can be deployed"):
        package_files(["greeting"], root)


def test_a_dangling_link_is_refused(root: Path) -> None:
    (root / "greeting" / "gone.py").symlink_to("nowhere.py")
    with pytest.raises(ArgumentError, match=r"gone\.py is no file that can be deployed"):
        package_files(["greeting"], root)


def test_a_link_within_the_package_is_a_file_like_others(root: Path) -> None:
    (root / "greeting" / "alias.py").symlink_to("handler.py")
    assert "greeting/alias.py" in package_files(["greeting"], root)


def test_two_parts_may_not_claim_one_path(root: Path, tmp_path: Path) -> None:
    ours = package_files(["greeting"], root)
    theirs = {"greeting/handler.py": tmp_path / "other.py"}
    with pytest.raises(ArgumentError, match=r"greeting/handler\.py would be both"):
        merged(ours, theirs)
    assert merged(ours, ours) == ours


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,8}/[a-z]{1,8}\.py", fullmatch=True), st.just(Path(__file__)), min_size=1)
)
def test_the_order_of_the_map_does_not_change_the_archive(files: dict[str, Path]) -> None:
    backwards = dict(reversed(list(files.items())))
    assert list(archive(files).assets) == list(archive(backwards).assets) == sorted(files)


def test_the_archive_holds_the_named_files_and_no_folder() -> None:
    assets = archive(package_files(["hello"])).assets
    assert set(assets) == {"hello/__init__.py", "hello/handler.py"}
    assert all(isinstance(asset, pulumi.FileAsset) for asset in assets.values())


def test_no_archive_of_this_repository_has_a_test_or_a_cache_in_it() -> None:
    names = [folder.name for folder in FUNCTIONS_DIRECTORY.iterdir() if (folder / "__init__.py").is_file()]
    assert names
    for path in package_files(names):
        assert "test" not in path
        assert "__pycache__" not in path
