"""The sandbox's TLS edge: handshakes with a client certificate beside those without, and requests on a kept connection.

One caller, one after the other, from connecting to the end of the handshake; with TLS 1.2, where the server has judged
the client's certificate by then. Sandbox and caller share the machine: on AWS none of this is the function's time.
"""

import ssl
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Row, in_turns, median_ratio
from tests.gateway.rest_api import ApiWorkshop
from tests.support.certificates import new_authority
from tests.support.partners import TlsCaller, TlsWorkshop
from tests.support.sandbox import running_sandbox

ROUNDS, CALLS = 21, 10
PARTNER, PUBLIC = "api.partner.example", "www.public.example"
MICROSECONDS = 1_000_000


def run(progress: Callable[[str], None]) -> list[Row]:
    """Measure and return the table."""
    progress("TLS edge")
    with tempfile.TemporaryDirectory(prefix="gatehouse-benchmark-") as name, running_sandbox(Path(name)) as running:
        apis = ApiWorkshop(running)
        workshop = TlsWorkshop(apis=apis, folder=Path(name))
        api = apis.api()
        api.route("/open")
        api.deploy()
        clients = new_authority("Partners")
        workshop.domain(PARTNER, api, clients)
        workshop.domain(PUBLIC, api)
        mutual, ordinary = workshop.context(clients.issue("client-1")), workshop.context()
        for context in (mutual, ordinary):
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        ports = {name: workshop.described(name)["port"] for name in (PARTNER, PUBLIC)}
        kept = workshop.connect(PARTNER, context=mutual)
        taken = in_turns(
            {
                "mutual": lambda: shake_hands(PARTNER, ports[PARTNER], mutual),
                "ordinary": lambda: shake_hands(PUBLIC, ports[PUBLIC], ordinary),
                "request": lambda: answered(kept),
            },
            rounds=ROUNDS,
            calls=CALLS,
        )
        kept.close()
    return [
        Row(
            what="handshakes with a client certificate",
            median=MICROSECONDS / statistics.median(taken["mutual"]),
            unit="/s",
            against="time of one without",
            ratio=median_ratio(taken["mutual"], taken["ordinary"]),
        ),
        Row(
            what="handshakes without one",
            median=MICROSECONDS / statistics.median(taken["ordinary"]),
            unit="/s",
        ),
        Row(
            what="a handshake with a client certificate",
            median=statistics.median(taken["mutual"]) / 1_000,
            unit="ms",
            against="a request on a kept connection",
            ratio=median_ratio(taken["mutual"], taken["request"]),
        ),
    ]


def shake_hands(name: str, port: int, context: ssl.SSLContext) -> None:
    """Connects and leaves. Raises what `ssl` raises where the server refuses."""
    TlsWorkshop.shake_hands(name, port, context).close()


def answered(caller: TlsCaller) -> None:
    """One request. Raises RuntimeError unless it is answered with 200."""
    status = caller.request("/open").status
    if status != 200:
        raise RuntimeError(f"the edge answered {status}")
