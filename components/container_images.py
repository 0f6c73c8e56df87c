"""Where the images of functions are in ECR, and what their repositories are called. Pure.

    <account>.dkr.ecr.<region>.amazonaws.com/<namespace> / <function name> : <tag>

One repository per function, so that each has its own history and lifecycle. The tag is the same for all functions of a
deployment; the repositories' tags never move, so it says the content. Deliberately neither builds nor looks for images.
"""

import re
from dataclasses import dataclass

from components.errors import ArgumentError

# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
REPOSITORY_NAME = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
REPOSITORY_NAME_LENGTH = 256
_PREFIX = re.compile(rf"\d{{12}}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/{REPOSITORY_NAME}")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_MOVING_TAGS = frozenset({"latest"})


@dataclass(frozen=True, kw_only=True)
class ContainerImages:
    """The images of a deployment. Raises `ArgumentError` for what is no private repository of ECR, and no fixed tag."""

    repository_prefix: str
    tag: str

    def __post_init__(self) -> None:
        if not _PREFIX.fullmatch(self.repository_prefix):
            raise ArgumentError(
                f"repository_prefix: {self.repository_prefix!r} is not "
                "<account>.dkr.ecr.<region>.amazonaws.com/<namespace>; take what the program in stacks/ecr puts out."
            )
        if not _TAG.fullmatch(self.tag) or self.tag in _MOVING_TAGS:
            raise ArgumentError(f"tag: {self.tag!r} is no tag that stays; use the commit that the images are made of.")

    def uri(self, function_name: str) -> str:
        """The address of a function's image."""
        return f"{self.repository_prefix}/{repository_name(function_name)}:{self.tag}"


def repository_name(function_name: str) -> str:
    """The last part of the repository's name: ECR knows no capital letters."""
    return function_name.lower()


def check_repository_name(what: str, name: str) -> None:
    """Raises `ArgumentError` for a name that ECR would refuse."""
    if not re.fullmatch(REPOSITORY_NAME, name) or len(name) not in range(2, REPOSITORY_NAME_LENGTH + 1):
        raise ArgumentError(
            f"{what}: {name!r} cannot be the name of a repository of images; use lower-case letters and digits, with "
            "single . or _ or any - between them."
        )
