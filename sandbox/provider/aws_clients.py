"""The port through which resource types reach AWS: botocore clients of one region of one account.

Deliberately knows one endpoint only, the emulator's, and the emulator's root credentials: whatever this process has in
its environment or home folder never reaches a real account.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Protocol

from botocore.config import Config
from botocore.loaders import Loader
from botocore.session import Session

from sandbox.provider.regions import known_regions

ROOT_CREDENTIAL: Final = "test"
"""Access key id and secret key of the emulator's root user (EMULATOR: `test`/`test` is root with AUTH=true)."""

CLIENT_CONFIGURATION: Final = Config(
    # The emulator is on loopback: whatever does not answer within these bounds is broken, not slow.
    connect_timeout=5,
    read_timeout=90,
    retries={"mode": "standard", "total_max_attempts": 3},
    parameter_validation=True,
    max_pool_connections=32,
    # botocore's own tells of this machine, and is put together again for every request.
    user_agent="gatehouse-sandbox",
)


@cache
def models() -> Any:
    """botocore's descriptions of the services, each read once per process: they are large."""
    return Loader()


def _session() -> Any:
    # botocore's own: what boto3 adds to it (resources, transfers of large files) nobody here asks for.
    session: Any = Session()
    session.register_component("data_loader", models())
    return session


class AwsClients(Protocol):
    """Clients for the services of one region."""

    @property
    def region(self) -> str:
        """The region, for example `ap-southeast-3`."""
        ...

    @property
    def caller_identity(self) -> Mapping[str, str]:
        """What STS GetCallerIdentity answers: `Account`, `Arn`, `UserId`."""
        ...

    @property
    def account_id(self) -> str:
        """The 12-digit account id."""
        ...

    @property
    def partition(self) -> str:
        """`aws`, `aws-cn` or `aws-us-gov`."""
        ...

    @property
    def dns_suffix(self) -> str:
        """`amazonaws.com`, or the partition's own."""
        ...

    @property
    def region_description(self) -> str:
        """The region's name for people, for example `Asia Pacific (Jakarta)`."""
        ...

    @property
    def endpoint_url(self) -> str:
        """Where the emulator listens."""
        ...

    def client(self, service: str) -> Any:
        """The client of a service, by botocore's name (`lambda`). Cached; safe between threads."""
        ...


@dataclass(kw_only=True)
class EmulatorClients:
    """`AwsClients` on botocore against the emulator."""

    endpoint_url: str
    region: str
    _session: Any = field(default_factory=_session, repr=False)
    _clients: dict[str, Any] = field(default_factory=dict[str, Any], repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _caller_identity: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    @property
    def caller_identity(self) -> Mapping[str, str]:
        """Asked for once: this is always the root user of one account, and programs ask for every function."""
        if not self._caller_identity:
            self._caller_identity = self.client("sts").get_caller_identity()
        return self._caller_identity

    @property
    def account_id(self) -> str:
        """See `AwsClients`."""
        return self.caller_identity["Account"]

    @property
    def partition(self) -> str:
        """See `AwsClients`; KeyError for a region that does not exist, which Check has refused."""
        return known_regions()[self.region].partition

    @property
    def dns_suffix(self) -> str:
        """See `AwsClients`."""
        return known_regions()[self.region].dns_suffix

    @property
    def region_description(self) -> str:
        """See `AwsClients`."""
        return known_regions()[self.region].description

    def client(self, service: str) -> Any:
        """See `AwsClients.client`; creation is serialised because sessions are not safe between threads."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._session.create_client(
                    service,
                    region_name=self.region,
                    endpoint_url=self.endpoint_url,
                    aws_access_key_id=ROOT_CREDENTIAL,
                    aws_secret_access_key=ROOT_CREDENTIAL,
                    aws_session_token=None,
                    config=CLIENT_CONFIGURATION,
                )
            return self._clients[service]
