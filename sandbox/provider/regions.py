"""AWS's regions, as botocore ships them: which there are, and each one's partition, domain and name for people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.loaders import Loader


@dataclass(frozen=True, kw_only=True)
class Region:
    """One region, for example `ap-southeast-3`, `aws`, `amazonaws.com`, `Asia Pacific (Jakarta)`."""

    name: str
    partition: str
    dns_suffix: str
    description: str


@cache
def known_regions() -> dict[str, Region]:
    """Every region by name."""
    loader: Any = Loader()
    found: dict[str, Region] = {}
    for partition in loader.load_data("endpoints")["partitions"]:
        for name, details in partition["regions"].items():
            found[str(name)] = Region(
                name=str(name),
                partition=str(partition["partition"]),
                dns_suffix=str(partition["dnsSuffix"]),
                description=str(details["description"]),
            )
    return found


def region_problem(name: str) -> str | None:
    """Why this is no region, or None when it is one."""
    if name in known_regions():
        return None
    return f"{name!r} is not an AWS region; there are {', '.join(sorted(known_regions()))}"
