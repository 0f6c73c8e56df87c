"""What is installed for the interpreter that the host runs on: packages, and the provider plugins that they need.

The rules are those of Pulumi's own host (`determinePackageDependency`). It deliberately downloads nothing and does not
judge environment markers: a requirement that only another platform has counts as required.
"""

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, cast

from pulumi.runtime.proto import language_pb2, plugin_pb2

WITHOUT_PLUGIN = frozenset({"pulumi-policy", "pulumi-esc-sdk"})
_REQUIREMENT_NAME = re.compile(r"[A-Za-z0-9._-]+")
_PEP440_RELEASE = re.compile(r"^(\d+(?:\.\d+)*)(?:(a|b|rc)(\d+))?$")
_PRE_RELEASE_NAMES = {"a": "alpha", "b": "beta", "rc": "rc"}


@dataclass(frozen=True, kw_only=True)
class InstalledPackage:
    """A distribution: normalized name (PEP 503), version, requirement lines, and the folder it is installed in."""

    name: str
    version: str
    requirements: tuple[str, ...]
    location: Path


def installed_packages() -> list[InstalledPackage]:
    """The distributions on the interpreter's import path, the first of each name, by name."""
    found: dict[str, InstalledPackage] = {}
    for distribution in metadata.distributions():
        package = _described(distribution)
        found.setdefault(package.name, package)
    return [found[name] for name in sorted(found)]


def pulumi_packages(import_path: Iterable[str]) -> list[InstalledPackage]:
    """Of the packages on an import path, those that may need a provider plugin, by name.

    Told by the names of files (PEP 376), because every deployment asks: to read what each of 200 packages says of
    itself takes half a second.
    """
    folders = list(import_path)
    names: set[str] = set()
    for folder in map(Path, folders):
        for entry in folder.glob("*-info"):
            name = normalized(entry.stem.partition("-")[0])
            if name.startswith("pulumi-") or _plugin_file(folder, name).is_file():
                names.add(name)
    found = (next(iter(metadata.distributions(name=name, path=folders)), None) for name in sorted(names))
    return [_described(distribution) for distribution in found if distribution is not None]


def _described(distribution: metadata.Distribution) -> InstalledPackage:
    about = distribution.metadata  # read and parsed anew at each access
    return InstalledPackage(
        name=normalized(about["Name"]),
        version=about["Version"],
        requirements=tuple(about.get_all("Requires-Dist") or ()),
        location=Path(str(distribution.locate_file(""))),
    )


def _plugin_file(folder: Path, name: str) -> Path:
    """Where a package says which plugin it needs, if it does."""
    return folder / name.replace("-", "_") / "pulumi-plugin.json"


def normalized(name: str) -> str:
    """The name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def dependencies(packages: Iterable[InstalledPackage], *, transitive: bool) -> list[language_pb2.DependencyInfo]:
    """All packages, or without `transitive` those that no other one requires (`pip list --not-required`)."""
    packages = list(packages)
    required: set[str] = set()
    if not transitive:
        for package in packages:
            for line in package.requirements:
                name = _REQUIREMENT_NAME.match(line)
                if name is not None and not re.search(r"\bextra\s*==", line):
                    required.add(normalized(name.group()))
    return [
        language_pb2.DependencyInfo(name=package.name, version=package.version)
        for package in packages
        if package.name not in required
    ]


def required_plugins(packages: Iterable[InstalledPackage]) -> list[plugin_pb2.PackageDependency]:
    """The provider plugin of each Pulumi package. Raises `ValueError` for a plugin file that is not a JSON object."""
    plugins = (_plugin(package) for package in packages)
    return [plugin for plugin in plugins if plugin is not None]


def _plugin(package: InstalledPackage) -> plugin_pb2.PackageDependency | None:
    declared = _declaration(package)
    if package.name in WITHOUT_PLUGIN or (declared is None and not package.name.startswith("pulumi-")):
        return None
    if declared is not None and not declared.get("resource"):
        return None
    about = declared or {}
    version = about.get("version") or plugin_version(package.version)
    if version is None:
        return None
    plugin = plugin_pb2.PackageDependency(
        name=about.get("name") or package.name.removeprefix("pulumi-"),
        kind="resource",
        version=f"v{str(version).removeprefix('v')}",
        server=about.get("server") or "",
    )
    parameters = about.get("parameterization")
    if parameters:
        plugin.parameterization.name = parameters["name"]
        plugin.parameterization.version = parameters["version"]
        plugin.parameterization.value = base64.b64decode(parameters["value"])  # how Go writes bytes into JSON
    return plugin


def _declaration(package: InstalledPackage) -> dict[str, Any] | None:
    file = _plugin_file(package.location, package.name)
    try:
        declared: object = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise ValueError(f"{file} is not valid JSON: {error}") from error
    if not isinstance(declared, dict):
        raise ValueError(f"{file} is not a JSON object")
    return cast("dict[str, Any]", declared)


def plugin_version(package_version: str) -> str | None:
    """A PEP 440 version as the plugin's semantic version (`1.0rc2` is `1.0.0-rc.2`); None where it cannot be told."""
    match = _PEP440_RELEASE.match(package_version)
    if match is None:
        return None
    numbers = [*match.group(1).split("."), "0", "0"][: max(3, match.group(1).count(".") + 1)]
    release = ".".join(numbers)
    return f"{release}-{_PRE_RELEASE_NAMES[match.group(2)]}.{match.group(3)}" if match.group(2) else release
