"""Truststores change under load, listeners come back after a restart, and the sandbox tells what it serves."""

import itertools
import threading

import pytest
from botocore.exceptions import ClientError

from sandbox.server import ensure_running, stop
from tests.edge.conftest import PARTNER, PUBLIC, Edge
from tests.edge.test_handshakes import REFUSED
from tests.support.certificates import DAY, Authority, Issued, new_authority, pem_of
from tests.support.partners import BUCKET, TlsWorkshop
from tests.support.sandbox import REGION

_NUMBERS = itertools.count(1)


def let_in(workshop: TlsWorkshop, name: str, client: Issued) -> bool:
    try:
        return workshop.call(name, "/open", client).status == 200
    except (*REFUSED, OSError):
        return False


def domain_of(edge: Edge, *trusted: Authority | str) -> str:
    name = f"domain-{next(_NUMBERS)}.example"
    edge.workshop.domain(name, edge.api, *trusted)
    return name


class Load:
    """Two clients that call without a pause; `failures` has what did not go well."""

    def __init__(self, workshop: TlsWorkshop, name: str, *clients: Issued) -> None:
        self.failures: list[str] = []
        self.answers = 0
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._call, args=(workshop, name, each)) for each in clients]
        for thread in self._threads:
            thread.start()

    def _call(self, workshop: TlsWorkshop, name: str, client: Issued) -> None:
        context = workshop.context(client)
        while not self._over.is_set():
            try:
                caller = workshop.connect(name, context=context)
                status = caller.request("/open").status
                caller.close()
            except OSError as error:
                self.failures.append(repr(error))
            else:
                self.answers += 1
                if status != 200:
                    self.failures.append(str(status))

    def after(self, more: int) -> None:
        """Returns when `more` answers have come since the call."""
        wanted = self.answers + more
        while self.answers < wanted and not self.failures:
            self._over.wait(0.02)

    def end(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(timeout=60)


def test_two_authorities_overlap_and_no_good_client_is_refused_meanwhile(edge: Edge) -> None:
    old, new = new_authority("Partners 2026"), new_authority("Partners 2027")
    old_client, new_client = old.issue("client-1"), new.issue("client-1")
    name = domain_of(edge, old)
    port = edge.workshop.described(name)["port"]
    assert not let_in(edge.workshop, name, new_client)

    load = Load(edge.workshop, name, old_client)
    load.after(3)
    edge.workshop.trust(name, old, new)
    both = Load(edge.workshop, name, new_client)  # from the moment that the update is answered
    both.after(3)
    load.end()
    edge.workshop.trust(name, new)
    assert not let_in(edge.workshop, name, old_client)  # the very next handshake
    both.after(3)
    both.end()
    assert (load.failures, both.failures) == ([], [])
    assert edge.workshop.described(name)["port"] == port


def test_an_open_connection_survives_an_update_and_a_new_one_does_not_get_in(edge: Edge) -> None:
    old, new = new_authority("Old"), new_authority("New")
    client = old.issue("client-1")
    name = domain_of(edge, old)
    caller = edge.workshop.connect(name, client)
    assert caller.request("/open").status == 200
    edge.workshop.trust(name, new)
    assert caller.request("/open").status == 200
    caller.close()
    assert not let_in(edge.workshop, name, client)


def test_a_new_object_counts_only_when_the_domain_names_it(edge: Edge) -> None:
    first, second = new_authority("First"), new_authority("Second")
    name = domain_of(edge, first)
    edge.workshop.put_truststore(f"{name}.pem", second)
    assert let_in(edge.workshop, name, first.issue("client-1"))
    assert not let_in(edge.workshop, name, second.issue("client-2"))


def test_a_truststore_s_issuers_below_the_root_count_with_it(edge: Edge) -> None:
    root = new_authority("Root")
    department = root.authority("Department")
    name = domain_of(edge, root, department)
    assert let_in(edge.workshop, name, department.issue("client-1"))
    level = root
    bundle = [root]
    for number in range(4):
        level = level.authority(f"Level {number}")
        bundle.append(level)
    deep = domain_of(edge, *bundle)
    assert let_in(edge.workshop, deep, bundle[3].issue("four levels"))
    assert not let_in(edge.workshop, deep, bundle[4].issue("five levels"))


def test_a_refused_update_changes_nothing(edge: Edge) -> None:
    trusted = new_authority("Trusted")
    client = trusted.issue("client-1")
    name = domain_of(edge, trusted)
    for bundle in ("", "no certificate", client.key_pem):
        with pytest.raises(ClientError, match="truststore"):
            edge.workshop.trust(name, bundle)
    assert let_in(edge.workshop, name, client)


def test_mutual_tls_is_turned_off_and_the_own_port_goes(edge: Edge) -> None:
    trusted = new_authority("Trusted")
    name = domain_of(edge, trusted)
    patch = [{"op": "replace", "path": "/mutualTlsAuthentication/truststoreUri", "value": ""}]
    told = edge.workshop.apis.gateway.update_domain_name(domainName=name, patchOperations=patch)
    assert "mutualTlsAuthentication" not in told
    described = edge.workshop.described(name)
    assert (described["mutualTls"], described["port"]) == (False, edge.workshop.described(PUBLIC)["port"])
    assert edge.workshop.call(name, "/open").status == 200


def test_a_deleted_domain_is_served_no_more(edge: Edge) -> None:
    trusted = new_authority("Trusted")
    client = trusted.issue("client-1")
    name = domain_of(edge, trusted)
    caller = edge.workshop.connect(name, client)
    assert caller.request("/open").status == 200
    edge.workshop.apis.gateway.delete_domain_name(domainName=name)
    with pytest.raises((*REFUSED, OSError)):
        caller.request("/open")
    caller.close()
    domains = edge.workshop.running.get_json("/_gatehouse/domains")["domains"]
    assert name not in {each["domain"] for each in domains}


def test_a_certificate_that_is_imported_again_is_shown_in_the_next_handshake(edge: Edge) -> None:
    trusted = new_authority("Trusted")
    client = trusted.issue("client-1")
    name = domain_of(edge, trusted)
    gateway = edge.workshop.apis.gateway
    arn = gateway.get_domain_name(domainName=name)["regionalCertificateArn"]
    renewed = edge.workshop.servers.issue(name, names=[name], server=True)
    edge.workshop.running.client("acm").import_certificate(
        CertificateArn=arn, Certificate=renewed.pem.encode(), PrivateKey=renewed.key_pem.encode()
    )
    caller = edge.workshop.connect(name, client)
    shown = caller.connection.getpeercert()
    caller.close()
    assert shown is not None
    assert int(str(shown["serialNumber"]), 16) == renewed.certificate.serial_number


def test_warnings_of_the_truststore_are_told_and_such_certificates_do_not_count(edge: Edge) -> None:
    good, expired = new_authority("Good"), new_authority("Expired", until=-DAY / 2)
    leaf = good.issue("no authority")
    name = domain_of(edge, good, expired, pem_of(leaf.certificate))
    told = edge.workshop.apis.gateway.get_domain_name(domainName=name)["mutualTlsAuthentication"]
    assert told["truststoreUri"] == f"s3://{BUCKET}/{name}.pem"
    assert [("Expired" in each, "no authority" in each) for each in told["truststoreWarnings"]] == [
        (True, False),
        (False, True),
    ]
    assert edge.workshop.described(name)["truststoreWarnings"] == told["truststoreWarnings"]
    assert let_in(edge.workshop, name, good.issue("client-1"))
    assert not let_in(edge.workshop, name, expired.issue("client-2"))


def test_the_status_tells_each_domain_s_host_and_port_and_no_secret(edge: Edge) -> None:
    document = edge.workshop.running.get_json("/_gatehouse/domains")
    by_name = {each["domain"]: each for each in document["domains"]}
    partner, public = by_name[PARTNER], by_name[PUBLIC]
    assert (partner["host"], partner["mutualTls"], partner["problem"]) == ("127.0.0.1", True, None)
    assert (public["mutualTls"], public["problem"]) == (False, None)
    assert partner["port"] != public["port"]
    assert "PRIVATE KEY" not in str(document)
    assert "PRIVATE KEY" not in edge.workshop.running.log()


def test_domains_come_back_on_their_ports_after_a_restart(edge: Edge) -> None:
    running = edge.workshop.running
    client = edge.clients.issue("client-1")
    before = {each["domain"]: each["port"] for each in running.get_json("/_gatehouse/domains")["domains"]}
    kept = edge.workshop.connect(PARTNER, client)  # an open connection does not hold up the end
    assert kept.request("/open").status == 200
    stop(running.state_directory)
    kept.close()
    endpoints = ensure_running(running.state_directory, region=REGION, with_provider=False)
    assert endpoints.emulator_url == running.url
    object.__setattr__(running, "endpoints", endpoints)
    after = {each["domain"]: each["port"] for each in running.get_json("/_gatehouse/domains")["domains"]}
    assert after == before
    assert edge.workshop.call(PARTNER, "/open", client).status == 200
    assert edge.workshop.call(PUBLIC, "/open").status == 200
    assert "Traceback" not in running.log()
