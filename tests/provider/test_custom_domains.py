"""A custom domain with what belongs to it, as a program declares it; and where a private key may not appear."""

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from sandbox.provider.aws_clients import AwsClients
from sandbox.provider.values import UNKNOWN
from tests.provider.cases import acm, apigateway_domains, route53, s3
from tests.provider.cases.acm import imported, validated
from tests.provider.cases.apigateway import rest_api
from tests.provider.cases.apigateway_domains import certificate, domain, truststore
from tests.provider.cases.case import Case, World
from tests.provider.cases.route53 import zone
from tests.provider.driver import ProviderDriver, RefusedError

CERTIFICATE = "aws:acm/certificate:Certificate"
DOMAIN = "aws:apigateway/domainName:DomainName"
MAPPING = "aws:apigateway/basePathMapping:BasePathMapping"
RECORD = "aws:route53/record:Record"


@pytest.fixture
def world(aws: ProviderDriver, clients: AwsClients, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    made = World(aws=aws, clients=clients, folder=tmp_path, name=f"domain-{abs(hash(request.node.name)) % 10**8}")
    yield made
    made.clean()


def test_a_changed_bundle_updates_the_domain_in_place(world: World) -> None:
    first = truststore(world, 1)
    inputs = {
        "domainName": f"{world.name}.example",
        "regionalCertificateArn": certificate(world),
        "ownershipVerificationCertificateArn": validated(world),
        "endpointConfiguration": {"types": "REGIONAL"},
        "mutualTlsAuthentication": first,
        "securityPolicy": "TLS_1_2",
    }
    known = world.keep(world.aws.deploy(DOMAIN, inputs))
    bucket = first["truststoreUri"].removeprefix("s3://").partition("/")[0]
    bundle = world.clients.client("s3").get_object(Bucket=bucket, Key="truststore.pem")["Body"].read()
    version = world.clients.client("s3").put_object(Bucket=bucket, Key="truststore.pem", Body=bundle)["VersionId"]

    unknown = {**inputs, "mutualTlsAuthentication": {**first, "truststoreVersion": UNKNOWN}}
    planned = world.aws.check(DOMAIN, unknown, old=known.inputs).values
    diff = world.aws.diff(known, planned)
    assert (diff.changed, diff.replaces) == ({"mutualTlsAuthentication"}, frozenset())

    wanted = {**inputs, "mutualTlsAuthentication": {**first, "truststoreVersion": version}}
    changed = world.aws.update(known, world.aws.check(DOMAIN, wanted, old=known.inputs).values)
    assert changed.id == known.id
    assert changed.state["mutualTlsAuthentication"]["truststoreVersion"] == version
    off = world.aws.check(DOMAIN, {k: v for k, v in inputs.items() if k != "mutualTlsAuthentication"}, old=wanted)
    assert "mutualTlsAuthentication" not in world.aws.update(changed, off.values).state


def test_a_private_key_is_a_secret_and_nowhere_else(world: World, ledger: Path) -> None:
    inputs = imported(f"{world.name}.example")
    known = world.keep(world.aws.deploy(CERTIFICATE, inputs))
    assert "privateKey" in known.secrets
    assert "PRIVATE" not in ledger.read_text()
    told = world.clients.client("acm").describe_certificate(CertificateArn=known.id)
    assert "PRIVATE" not in str(told)
    with pytest.raises(grpc.RpcError) as failed:
        world.aws.deploy(CERTIFICATE, {**inputs, "certificateBody": imported("other.example")["certificateBody"]})
    assert "not the certificate's" in str(failed.value.details())
    assert inputs["privateKey"].splitlines()[1] not in str(failed.value.details())


def test_an_alias_record_leads_to_the_domain(world: World) -> None:
    name = domain(world)
    found = world.clients.client("apigateway").get_domain_name(domainName=name)
    alias = {
        "name": found["regionalDomainName"],
        "zoneId": found["regionalHostedZoneId"],
        "evaluateTargetHealth": False,
    }
    inputs = {"zoneId": zone(world), "name": "api", "type": "A", "aliases": [alias]}
    known = world.keep(world.aws.deploy(RECORD, inputs))
    assert known.state["aliases"] == [alias]
    refreshed = world.aws.refresh(known)
    assert refreshed is not None
    assert refreshed.state == known.state
    for more, message in (
        ({"ttl": 60}, "ttl: excludes aliases"),
        ({"records": ["192.0.2.1"]}, "records: give exactly one"),
        ({"aliases": [alias, alias]}, "aliases: has room for one target"),
    ):
        with pytest.raises(RefusedError, match=message):
            world.aws.check(RECORD, {**inputs, **more})


def test_a_mapping_moves_to_another_api_in_place(world: World) -> None:
    first, second = rest_api(world, "first"), rest_api(world, "second")
    known = world.keep(world.aws.deploy(MAPPING, {"domainName": domain(world, 2), "restApi": first.id}))
    wanted = world.aws.check(MAPPING, {"domainName": domain(world, 2), "restApi": second.id}, old=known.inputs).values
    assert not world.aws.diff(known, wanted).replaces
    assert world.aws.update(known, wanted).state["restApi"] == second.id


def test_a_requested_certificate_says_what_to_prove(world: World) -> None:
    inputs = {
        "domainName": f"{world.name}.example",
        "subjectAlternativeNames": [f"*.{world.name}.example"],
        "validationMethod": "DNS",
    }
    known = world.keep(world.aws.deploy(CERTIFICATE, inputs))
    assert (known.state["status"], known.state["type"]) == ("PENDING_VALIDATION", "AMAZON_ISSUED")
    options = known.state["domainValidationOptions"]
    assert {option["domainName"] for option in options} == {f"{world.name}.example", f"*.{world.name}.example"}
    assert len({option["resourceRecordName"] for option in options}) == 1
    for more, message in (
        ({"validationMethod": "EMAIL"}, "validationMethod: 'EMAIL' is not DNS"),
        ({"validationMethod": None}, "validationMethod: is required"),
        ({"certificateBody": "-----BEGIN CERTIFICATE-----"}, "certificateBody: belongs to an imported"),
        ({"keyAlgorithm": "DSA"}, "keyAlgorithm: 'DSA' is not one of"),
    ):
        given = {name: value for name, value in {**inputs, **more}.items() if value is not None}
        with pytest.raises(RefusedError, match=message):
            world.aws.check(CERTIFICATE, given)


def test_the_validation_fails_at_once_for_what_needs_none_or_lacks_a_record(world: World) -> None:
    token = "aws:acm/certificateValidation:CertificateValidation"
    with pytest.raises(grpc.RpcError) as failed:
        world.aws.deploy(token, {"certificateArn": certificate(world)})
    assert "no validation necessary" in str(failed.value.details())
    with pytest.raises(grpc.RpcError) as failed:
        world.aws.deploy(token, {"certificateArn": validated(world), "validationRecordFqdns": ["elsewhere.example"]})
    assert "validationRecordFqdns: lacks _" in str(failed.value.details())


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in (*acm.CASES, *apigateway_domains.CASES, *route53.CASES, *s3.CASES)
        if not case.token.endswith("BucketObject")  # the same table as BucketObjectv2
    ],
    ids=lambda case: case.token.rpartition(":")[2],
)
def test_inputs_that_are_not_known_yet_pass_whichever_they_are(case: Case, world: World) -> None:
    base = case.base(world)
    for name in base:
        world.aws.check(case.token, {**base, name: UNKNOWN})
    world.aws.check(case.token, dict.fromkeys(base, UNKNOWN))
