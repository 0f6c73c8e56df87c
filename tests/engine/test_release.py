import pytest

from sandbox.engine.release import ENGINE_VERSION, Platform, Version, is_new_enough


@pytest.mark.parametrize("version", ["v3.255.0", "3.255.0", "v3.255.1", "3.300.0", "3.256.0-alpha.1", "v3.255.0+dirty"])
def test_a_version_of_the_same_major_that_is_not_older_is_new_enough(version: str) -> None:
    assert is_new_enough(version)


@pytest.mark.parametrize("version", ["v3.254.9", "3.255.0-alpha.1", "2.300.0", "4.0.0", "", "devel", "3.255"])
def test_an_older_one_another_major_and_an_unreadable_one_are_not(version: str) -> None:
    assert not is_new_enough(version)


def test_a_pre_release_comes_before_its_release() -> None:
    pre_release, release = Version.parse("3.255.0-rc.1"), Version.parse("3.255.0")

    assert pre_release is not None
    assert release is not None
    assert pre_release < release


def test_the_pinned_module_is_of_the_version_that_is_asked_for() -> None:
    from sandbox.engine.build import MODULE_FOLDER

    pinned = (MODULE_FOLDER / "go.mod").read_text()

    assert f"github.com/pulumi/pulumi/pkg/v3 v{ENGINE_VERSION} " in pinned
    assert f"github.com/pulumi/pulumi/sdk/v3 v{ENGINE_VERSION} " in pinned


@pytest.mark.parametrize(
    ("system", "machine", "name"),
    [
        ("linux", "x86_64", "linux-x64"),
        ("linux", "aarch64", "linux-arm64"),
        ("darwin", "arm64", "darwin-arm64"),
        ("freebsd", "amd64", None),
        ("linux", "riscv64", None),
    ],
)
def test_platforms_have_the_names_that_pulumi_publishes_under(system: str, machine: str, name: str | None) -> None:
    assert Platform(system=system, machine=machine).official_name == name
