"""Custom domains with real TLS in a sandbox of a test: made with boto3, called with `ssl` and `http.client`."""

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.gateway.rest_api import Answer, Api, ApiWorkshop
from tests.support.certificates import Authority, Issued, new_authority
from tests.support.sandbox import RunningSandbox

TIMEOUT_SECONDS = 20
BUCKET = "truststores"


@dataclass(kw_only=True)
class TlsWorkshop:
    """Makes domains of an API and calls them. `servers` signs every server certificate."""

    apis: ApiWorkshop
    folder: Path
    servers: Authority = field(default_factory=lambda: new_authority("Servers"))
    _ownership: dict[str, str] = field(default_factory=dict)
    _has_bucket: bool = False

    @property
    def running(self) -> RunningSandbox:
        """The sandbox."""
        return self.apis.running

    def server_certificate(self, domain: str) -> str:
        """The ARN of an imported certificate of the domain."""
        issued = self.servers.issue(domain, names=[domain], server=True)
        return self.running.client("acm").import_certificate(
            Certificate=issued.pem.encode(), PrivateKey=issued.key_pem.encode()
        )["CertificateArn"]

    def public_certificate(self, domain: str) -> str:
        """The ARN of a certificate of the domain that ACM issued, validated by DNS."""
        if domain not in self._ownership:
            acm, dns = self.running.client("acm"), self.running.client("route53")
            arn = acm.request_certificate(DomainName=domain, ValidationMethod="DNS", KeyAlgorithm="EC_prime256v1")[
                "CertificateArn"
            ]
            described = acm.describe_certificate(CertificateArn=arn)["Certificate"]
            record = described["DomainValidationOptions"][0]["ResourceRecord"]
            zone = dns.create_hosted_zone(Name=domain, CallerReference=domain)["HostedZone"]["Id"]
            change = {
                "Action": "CREATE",
                "ResourceRecordSet": {
                    "Name": record["Name"],
                    "Type": record["Type"],
                    "TTL": 60,
                    "ResourceRecords": [{"Value": record["Value"]}],
                },
            }
            dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})
            self._ownership[domain] = arn
        return self._ownership[domain]

    def put_truststore(self, key: str, *authorities: Authority | str) -> str:
        """Puts a bundle into the versioned bucket; answers its version."""
        store = self.running.client("s3")
        if not self._has_bucket:
            region = {"LocationConstraint": store.meta.region_name}
            store.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=region)
            store.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
            self._has_bucket = True
        content = "".join(each if isinstance(each, str) else each.pem for each in authorities)
        return store.put_object(Bucket=BUCKET, Key=key, Body=content.encode())["VersionId"]

    def domain(self, name: str, api: Api | None, *trusted: Authority | str, base_path: str = "") -> dict[str, Any]:
        """A domain that maps to the API's stage `prod`, with mutual TLS when authorities are given."""
        settings: dict[str, Any] = {}
        if trusted:
            key = f"{name}.pem"
            version = self.put_truststore(key, *trusted)
            settings["mutualTlsAuthentication"] = {
                "truststoreUri": f"s3://{BUCKET}/{key}",
                "truststoreVersion": version,
            }
            settings["ownershipVerificationCertificateArn"] = self.public_certificate(name)
        made = self.apis.gateway.create_domain_name(
            domainName=name,
            regionalCertificateArn=self.server_certificate(name),
            endpointConfiguration={"types": ["REGIONAL"]},
            securityPolicy="TLS_1_2",
            **settings,
        )
        if api is not None:
            self.apis.gateway.create_base_path_mapping(
                domainName=name, basePath=base_path, restApiId=api.api_id, stage="prod"
            )
        return made

    def trust(self, name: str, *authorities: Authority | str) -> None:
        """A new truststore for a domain that has one."""
        version = self.put_truststore(f"{name}.pem", *authorities)
        patch = [{"op": "replace", "path": "/mutualTlsAuthentication/truststoreVersion", "value": version}]
        self.apis.gateway.update_domain_name(domainName=name, patchOperations=patch)

    def described(self, name: str) -> dict[str, Any]:
        """What the sandbox says of a domain that it serves."""
        domains = self.running.get_json("/_gatehouse/domains")["domains"]
        return next(each for each in domains if each["domain"] == name)

    def context(self, client: Issued | None = None) -> ssl.SSLContext:
        """A client's context that trusts the servers of this workshop."""
        context = ssl.create_default_context(cadata=self.servers.pem)
        if client is not None:
            context.load_cert_chain(*client.files(self.folder, f"client-{client.certificate.serial_number:x}"))
        return context

    def connect(self, name: str, client: Issued | None = None, *, context: ssl.SSLContext | None = None) -> "TlsCaller":
        """A connection that has shaken hands. Raises what `ssl` raises where that is refused.

        With TLS 1.3 a server refuses after the client's last word, so the first answer is awaited, too.
        """
        port = self.described(name)["port"]
        return TlsCaller(connection=self.shake_hands(name, port, context or self.context(client)), host=name)

    @staticmethod
    def shake_hands(name: str, port: int, context: ssl.SSLContext) -> ssl.SSLSocket:
        """A secured connection. Raises what `ssl` raises where it is refused."""
        plain = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS)
        try:
            return context.wrap_socket(plain, server_hostname=name)
        except BaseException:
            plain.close()
            raise

    def call(self, name: str, path: str, client: Issued | None = None, **more: Any) -> Answer:
        """One request on a connection of its own."""
        caller = self.connect(name, client)
        try:
            return caller.request(path, **more)
        finally:
            caller.close()


@dataclass(kw_only=True)
class TlsCaller:
    """A TLS connection that requests are sent on, one after the other."""

    connection: ssl.SSLSocket
    host: str

    def request(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        host: str | None = None,
    ) -> Answer:
        """Sends one request and reads its answer; raises what the connection's end raises."""
        sent = {"Host": host or self.host, **(headers or {}), "Content-Length": str(len(body or b""))}
        head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        self.connection.sendall(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + (body or b""))
        response = http.client.HTTPResponse(self.connection, method=method)
        response.begin()
        content = response.read()
        headers_sent = {name.lower(): value for name, value in response.getheaders()}
        return Answer(status=response.status, headers=headers_sent, body=content)

    def event(self, path: str, **more: Any) -> dict[str, Any]:
        """The event that the `echo` function got."""
        return json.loads(self.request(path, **more).body)

    def close(self) -> None:
        """Ends the connection."""
        self.connection.close()
