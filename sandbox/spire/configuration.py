"""The configuration of SPIRE's three programs beside a sandbox, as text (HCL). Pure.

Everything is on loopback, data is in the state folder, sockets are in a folder of their own whose name is short enough
for a socket. Plain HTTP, because the sandbox's functions are on this machine: `spire/config` is for hosts.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from sandbox.loopback_ports import LOOPBACK

POLL_SECONDS = 1
"""How soon a new key of the server is published, and a new entry known to the agent; SPIRE's own 5 s and 10 s are for
fleets."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where everything is. `directory` is in the state folder; `sockets` is short."""

    directory: Path
    sockets: Path
    trust_domain: str
    server_port: int
    oidc_port: int

    @property
    def issuer_url(self) -> str:
        """Where the OIDC discovery provider answers; the `iss` of every token."""
        return f"http://{LOOPBACK}:{self.oidc_port}"

    @property
    def server_socket(self) -> Path:
        """The server's own API, which is its administration."""
        return self.sockets / "server.sock"

    @property
    def workload_socket(self) -> Path:
        """The agent's Workload API."""
        return self.sockets / "agent.sock"

    @property
    def trust_bundle(self) -> Path:
        """The server's X.509 authorities, by which the agent knows it."""
        return self.directory / "bundle.pem"


def server_conf(layout: Layout) -> str:
    """`spire-server run -config`: SQLite, keys on disk so that tokens outlive a restart, agents by join token."""
    data = layout.directory / "server"
    return f"""\
server {{
  bind_address = {_text(LOOPBACK)}
  bind_port = "{layout.server_port}"
  socket_path = {_text(layout.server_socket)}
  trust_domain = {_text(layout.trust_domain)}
  data_dir = {_text(data)}
  log_level = "INFO"
  jwt_issuer = {_text(layout.issuer_url)}
  default_jwt_svid_ttl = "5m"
  experimental {{ cache_reload_interval = "{POLL_SECONDS}s" }}
}}
plugins {{
  DataStore "sql" {{
    plugin_data {{
      database_type = "sqlite3"
      connection_string = {_text(data / "datastore.sqlite3")}
    }}
  }}
  KeyManager "disk" {{ plugin_data {{ keys_path = {_text(data / "keys.json")} }} }}
  NodeAttestor "join_token" {{ plugin_data {{}} }}
}}
"""


def oidc_conf(layout: Layout) -> str:
    """`oidc-discovery-provider -config`: reads the keys from the server's socket."""
    return f"""\
log_level = "info"
domains = [{_text(LOOPBACK)}]
insecure_addr = "{LOOPBACK}:{layout.oidc_port}"
allow_insecure_scheme = true
jwt_issuer = {_text(layout.issuer_url)}
jwks_uri = {_text(f"{layout.issuer_url}/keys")}
server_api {{
  address = {_text(f"unix://{layout.server_socket}")}
  poll_interval = "{POLL_SECONDS}s"
}}
"""


def agent_conf(layout: Layout, *, join_token: str) -> str:
    """`spire-agent run -config`: knows workloads by their Unix user; its keys are gone with its process.

    The token is good once, and better in a file of the user's than on a command line that everybody sees.
    """
    return f"""\
agent {{
  data_dir = {_text(layout.directory / "agent")}
  log_level = "INFO"
  server_address = {_text(LOOPBACK)}
  server_port = "{layout.server_port}"
  socket_path = {_text(layout.workload_socket)}
  trust_bundle_path = {_text(layout.trust_bundle)}
  trust_domain = {_text(layout.trust_domain)}
  join_token = {_text(join_token)}
  experimental {{ sync_interval = "{POLL_SECONDS}s" }}
}}
plugins {{
  NodeAttestor "join_token" {{ plugin_data {{}} }}
  KeyManager "memory" {{ plugin_data {{}} }}
  WorkloadAttestor "unix" {{ plugin_data {{}} }}
}}
"""


def _text(value: object) -> str:
    # HCL's string literals are JSON's, but for `${`, which HCL 1 would interpolate; SPIRE reads none in these places.
    return json.dumps(str(value))
