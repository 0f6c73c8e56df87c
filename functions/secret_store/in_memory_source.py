"""The fake `SecretSource`, for tests of whatever reads secrets. Functions never import it."""

from __future__ import annotations

from secret_store.errors import SecretVersionMissing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from secret_store.secret_source import SecretVersion


class InMemorySecrets:
    """Versions by secret and stage, a count of reads, and an error to raise for as long as one is set."""

    def __init__(self, versions: Mapping[tuple[str, str], SecretVersion] | None = None) -> None:
        """Take versions by (secret id, stage)."""
        self.versions = dict(versions or {})
        self.reads: list[tuple[str, str]] = []
        self.failure: Exception | None = None

    def read(self, secret_id: str, version_stage: str) -> SecretVersion:
        """Return the version, or raise what a real source would."""
        self.reads.append((secret_id, version_stage))
        if self.failure is not None:
            raise self.failure
        version = self.versions.get((secret_id, version_stage))
        if version is None:
            raise SecretVersionMissing(f"{secret_id} has no version {version_stage}")
        return version

    def rotate(self, secret_id: str, version: SecretVersion) -> None:
        """Make `version` current and what was current previous, as `finishSecret` of a rotation does."""
        current = self.versions.get((secret_id, "AWSCURRENT"))
        if current is not None:
            self.versions[secret_id, "AWSPREVIOUS"] = current
        self.versions[secret_id, "AWSCURRENT"] = version
