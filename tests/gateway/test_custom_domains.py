"""`gateway.custom_domains`, `gateway.base_path_mappings`, `acm.*`: what is refused, kept, told and changed."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.gateway.rest_api import Api, ApiWorkshop
from tests.support.certificates import DAY, new_authority

REGIONAL = {"types": ["REGIONAL"]}
NOWHERE = "arn:aws:acm:ap-southeast-3:111122223333:certificate/00000000-0000-0000-0000-000000000000"


def refusal(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


@pytest.fixture
def api(sandbox: ApiWorkshop) -> Api:
    api = sandbox.api()
    api.route("/hello")
    api.deploy()
    return api


def made(sandbox: ApiWorkshop, name: str, **more: Any) -> dict[str, Any]:
    return sandbox.gateway.create_domain_name(
        domainName=name,
        regionalCertificateArn=sandbox.certificate(name),
        endpointConfiguration=REGIONAL,
        **more,
    )


def test_the_emulator_alone_knows_no_update_and_takes_certificates_and_truststores_unseen(
    emulator: ApiWorkshop,
) -> None:
    told = emulator.gateway.create_domain_name(
        domainName="any.example",
        regionalCertificateArn=NOWHERE,
        endpointConfiguration=REGIONAL,
        mutualTlsAuthentication={"truststoreUri": "s3://nowhere/nothing.pem"},
    )
    assert "domainNameStatus" not in told
    code, _ = refusal(emulator.gateway.update_domain_name, domainName="any.example", patchOperations=[])
    assert code == "404" or "NotFound" in code
    api = emulator.api()
    emulator.gateway.create_base_path_mapping(domainName="any.example", basePath="", restApiId=api.api_id)
    code, _ = refusal(emulator.gateway.get_base_path_mapping, domainName="any.example", basePath="(none)")
    assert code == "NotFoundException"


def test_the_emulator_alone_imports_anything_and_issues_at_once(emulator: ApiWorkshop) -> None:
    acm = emulator.running.client("acm")
    arn = acm.import_certificate(Certificate=b"any", PrivateKey=b"thing")["CertificateArn"]
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainName"].endswith(".invalid")
    arn = acm.request_certificate(DomainName="any.example", ValidationMethod="DNS")["CertificateArn"]
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED"


def test_a_domain_is_told_as_aws_tells_it(sandbox: ApiWorkshop) -> None:
    told = made(sandbox, "told.example")
    assert told["domainNameStatus"] == "AVAILABLE"
    assert told["regionalDomainName"].startswith("d-")
    assert told["regionalDomainName"].endswith(".execute-api.ap-southeast-3.amazonaws.com")
    assert (told["securityPolicy"], told["endpointConfiguration"]["ipAddressType"]) == ("TLS_1_2", "ipv4")
    assert "mutualTlsAuthentication" not in told
    assert not any(name.startswith("_") for name in told)
    code, _ = refusal(
        sandbox.gateway.create_domain_name,
        domainName="told.example",
        regionalCertificateArn=told["regionalCertificateArn"],
        endpointConfiguration=REGIONAL,
    )
    assert code == "ConflictException"


def test_the_certificate_is_one_of_acm_for_this_name(sandbox: ApiWorkshop) -> None:
    acm = sandbox.running.client("acm")
    pending = acm.request_certificate(DomainName="mine.example", ValidationMethod="DNS")["CertificateArn"]
    for arn, reason in (
        (NOWHERE, "there is no certificate"),
        (sandbox.certificate("other.example"), "does not cover the domain name mine.example"),
        (pending, "is PENDING_VALIDATION"),
    ):
        code, message = refusal(
            sandbox.gateway.create_domain_name,
            domainName="mine.example",
            regionalCertificateArn=arn,
            endpointConfiguration=REGIONAL,
        )
        assert code == "BadRequestException"
        assert reason in message


def test_mutual_tls_wants_a_truststore_and_a_public_certificate(sandbox: ApiWorkshop) -> None:
    mutual = {"truststoreUri": "s3://nowhere/nothing.pem"}
    code, message = refusal(lambda: made(sandbox, "strict.example", mutualTlsAuthentication=mutual))
    assert (code, "ownershipVerificationCertificateArn" in message) == ("BadRequestException", True)
    code, message = refusal(
        lambda: made(
            sandbox,
            "strict.example",
            mutualTlsAuthentication=mutual,
            ownershipVerificationCertificateArn=sandbox.certificate("strict.example"),
        )
    )
    assert "must be a public one" in message
    code, message = refusal(
        lambda: made(sandbox, "strict.example", mutualTlsAuthentication=mutual, securityPolicy="TLS_1_0")
    )
    assert "TLS_1_2" in message
    code, message = refusal(
        sandbox.gateway.create_domain_name,
        domainName="strict.example",
        certificateArn=NOWHERE,
        endpointConfiguration={"types": ["EDGE"]},
        mutualTlsAuthentication=mutual,
    )
    assert "regional" in message
    public = validated(sandbox, "strict.example")
    code, message = refusal(
        sandbox.gateway.create_domain_name,
        domainName="strict.example",
        regionalCertificateArn=public,
        endpointConfiguration=REGIONAL,
        mutualTlsAuthentication=mutual,
    )
    assert "there is no object s3://nowhere/nothing.pem" in message


def validated(sandbox: ApiWorkshop, name: str) -> str:
    acm, dns = sandbox.running.client("acm"), sandbox.running.client("route53")
    arn = acm.request_certificate(
        DomainName=name,
        SubjectAlternativeNames=[f"*.{name}"],
        ValidationMethod="DNS",
        KeyAlgorithm="EC_prime256v1",
    )["CertificateArn"]
    before = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert (before["Status"], "NotAfter" in before) == ("PENDING_VALIDATION", False)
    records = {
        option["ResourceRecord"]["Name"]: option["ResourceRecord"] for option in before["DomainValidationOptions"]
    }
    assert len(records) == 1  # a wildcard is validated with its base
    record = next(iter(records.values()))
    zone = dns.create_hosted_zone(Name=name, CallerReference=arn)["HostedZone"]["Id"]
    for value in ("elsewhere.example", record["Value"]):
        change = {
            "Action": "UPSERT",
            "ResourceRecordSet": {
                "Name": record["Name"],
                "Type": "CNAME",
                "TTL": 60,
                "ResourceRecords": [{"Value": value}],
            },
        }
        dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})
        status = acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"]
        assert status == ("ISSUED" if value == record["Value"] else "PENDING_VALIDATION")
    return arn


def test_a_validated_certificate_says_what_was_asked_for(sandbox: ApiWorkshop) -> None:
    arn = validated(sandbox, "validated.example")
    told = sandbox.running.client("acm").describe_certificate(CertificateArn=arn)["Certificate"]
    assert (told["Type"], told["KeyAlgorithm"]) == ("AMAZON_ISSUED", "EC-prime256v1")
    assert set(told["SubjectAlternativeNames"]) == {"validated.example", "*.validated.example"}
    assert (told["NotAfter"] - told["NotBefore"]).days == 395
    found = sandbox.running.client("acm").get_certificate(CertificateArn=arn)
    assert found["Certificate"].startswith("-----BEGIN CERTIFICATE-----")
    assert "PRIVATE" not in str(found)


def test_acm_imports_only_what_it_can_serve(sandbox: ApiWorkshop) -> None:
    acm = sandbox.running.client("acm")
    servers = new_authority("Servers")
    department = servers.authority("Department")
    good, other = department.issue("a.example", names=["a.example"], server=True), servers.issue("b.example")
    late = servers.issue("late.example", since=-2 * DAY, until=-DAY)
    early = servers.issue("early.example", since=DAY, until=2 * DAY)
    for certificate, key, chain, reason in (
        (good.pem, other.key_pem, "", "not the certificate's"),
        (late.pem, late.key_pem, "", "has expired"),
        (early.pem, early.key_pem, "", "not valid yet"),
        ("nonsense", good.key_pem, "", "0 certificates"),
        (good.pem, "nonsense", "", "cannot be parsed"),
        (good.pem + other.pem, good.key_pem, "", "2 certificates"),
        (good.pem, good.key_pem, new_authority("Strangers").pem, "not in order"),
        (good.pem, good.key_pem, good.key_pem, "only certificates belong"),
    ):
        more = {"CertificateChain": chain.encode()} if chain else {}
        code, message = refusal(
            acm.import_certificate, Certificate=certificate.encode(), PrivateKey=key.encode(), **more
        )
        assert code == "ValidationException"
        assert reason in message
        assert "PRIVATE KEY" not in message
    arn = acm.import_certificate(
        Certificate=good.pem.encode(),
        PrivateKey=good.key_pem.encode(),
        CertificateChain=(department.pem + servers.pem).encode(),
    )["CertificateArn"]
    told = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert (told["DomainName"], told["Type"], told["Status"]) == ("a.example", "IMPORTED", "ISSUED")
    assert told["NotAfter"] == good.certificate.not_valid_after_utc
    assert int(told["Serial"].replace(":", ""), 16) == good.certificate.serial_number
    assert told["KeyAlgorithm"] == "EC-prime256v1"


def test_a_certificate_in_use_stays(sandbox: ApiWorkshop) -> None:
    arn = made(sandbox, "used.example")["regionalCertificateArn"]
    acm = sandbox.running.client("acm")
    assert refusal(acm.delete_certificate, CertificateArn=arn)[0] == "ResourceInUseException"
    sandbox.gateway.delete_domain_name(domainName="used.example")
    acm.delete_certificate(CertificateArn=arn)
    assert refusal(acm.describe_certificate, CertificateArn=arn)[0] == "ResourceNotFoundException"


def test_updates_change_what_may_change_and_nothing_when_refused(sandbox: ApiWorkshop) -> None:
    made(sandbox, "changed.example")
    replace = lambda path, value: [{"op": "replace", "path": path, "value": value}]  # noqa: E731 - three calls below
    renewed = sandbox.certificate("changed.example")
    told = sandbox.gateway.update_domain_name(
        domainName="changed.example", patchOperations=replace("/regionalCertificateArn", renewed)
    )
    assert told["regionalCertificateArn"] == renewed
    for path, value in (
        ("/regionalCertificateArn", NOWHERE),
        ("/domainName", "other.example"),
        ("/nonsense", "x"),
        ("/mutualTlsAuthentication/truststoreUri", "s3://nowhere/nothing.pem"),
    ):
        code, _ = refusal(
            sandbox.gateway.update_domain_name, domainName="changed.example", patchOperations=replace(path, value)
        )
        assert code == "BadRequestException"
    assert sandbox.gateway.get_domain_name(domainName="changed.example")["regionalCertificateArn"] == renewed
    code, _ = refusal(sandbox.gateway.update_domain_name, domainName="gone.example", patchOperations=[])
    assert code == "NotFoundException"


def test_mappings_are_made_read_changed_and_deleted_by_their_base_path(sandbox: ApiWorkshop, api: Api) -> None:
    name = "mapping.example"
    made(sandbox, name)
    gateway = sandbox.gateway
    told = gateway.create_base_path_mapping(domainName=name, restApiId=api.api_id, stage="prod")
    assert told["basePath"] == "(none)"
    assert gateway.get_base_path_mapping(domainName=name, basePath="(none)")["stage"] == "prod"
    create = gateway.create_base_path_mapping
    assert refusal(create, domainName=name, restApiId=api.api_id)[0] == "ConflictException"
    assert refusal(create, domainName=name, restApiId="nowhere", basePath="x")[0] == "BadRequestException"
    assert (
        refusal(create, domainName=name, restApiId=api.api_id, basePath="x", stage="none")[0] == "BadRequestException"
    )
    patch = [{"op": "replace", "path": "/basePath", "value": "v1/things"}]
    gateway.update_base_path_mapping(domainName=name, basePath="(none)", patchOperations=patch)
    assert [each["basePath"] for each in gateway.get_base_path_mappings(domainName=name)["items"]] == ["v1/things"]
    host = {"Host": name}
    assert sandbox.request("/v1/things/hello", headers=host).json["requestContext"]["path"] == "/v1/things/hello"
    assert gateway.get_base_path_mapping(domainName=name, basePath="v1/things")["restApiId"] == api.api_id
    gateway.delete_base_path_mapping(domainName=name, basePath="v1/things")
    code, _ = refusal(gateway.delete_base_path_mapping, domainName=name, basePath="v1/things")
    assert code == "NotFoundException"
