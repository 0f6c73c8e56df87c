"""What something that serves TLS must know of a custom domain. Plain data, importable anywhere."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ServedDomain:
    """A regional domain as something that serves TLS needs it. `truststore` is `None` without mutual TLS.

    `certificate` is the server's with its chain; `key` is `None` when this sandbox does not have it any more.
    """

    domain: str
    certificate: str
    key: str | None
    truststore: str | None
    truststore_uri: str = ""
    truststore_version: str = ""
    warnings: tuple[str, ...] = ()
