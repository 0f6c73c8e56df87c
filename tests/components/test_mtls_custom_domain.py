"""The mTLS domain: who can be let in is one version of one object, and nothing answers beside it."""

import functools
import json
from typing import Any

import pytest

from components.domain_certificate import ExistingCertificate, ValidatedCertificate
from components.errors import ArgumentError
from components.mtls_custom_domain import MtlsCustomDomainArgs
from tests.components.built_samples import built
from tests.components.samples import AUTHORITIES, authorized_api, mtls_custom_domain, truststore_bucket
from tests.support.mocks import Stack, deploy

DOMAIN = "aws:apigateway/domainName:DomainName"
MAPPING = "aws:apigateway/basePathMapping:BasePathMapping"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"


@functools.cache
def domain(**changes: Any) -> Stack:
    return deploy(lambda: mtls_custom_domain(**changes)) if changes else built("MtlsCustomDomain")


def bucket() -> Stack:
    return built("TruststoreBucket")


def test_the_domain_is_regional_wants_tls_1_2_and_names_the_version_of_its_truststore() -> None:
    stack = domain()
    made, bundle = stack.one(DOMAIN).inputs, stack.one(OBJECT)
    assert made["domainName"] == "partners.example.com"
    assert made["securityPolicy"] == "TLS_1_2"
    assert made["endpointConfiguration"]["types"] == "REGIONAL"
    assert made["mutualTlsAuthentication"] == {
        "truststoreUri": f"s3://{bundle.inputs['bucket']}/truststore.pem",
        "truststoreVersion": "3sL4kqtJlcpXroDTDmJ-rmSpXd3dIbrHY",
    }
    assert bundle.inputs["content"] == AUTHORITIES


def test_the_api_behind_it_answers_at_no_default_endpoint() -> None:
    assert domain().one("aws:apigateway/restApi:RestApi").inputs["disableExecuteApiEndpoint"] is True


def test_an_api_whose_default_endpoint_answers_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"API api answers at its default endpoint too.*default_endpoint=False"):
        deploy(lambda: mtls_custom_domain(mappings={"": authorized_api()}))


def test_the_root_and_base_paths_are_mapped_to_the_stage() -> None:
    [root] = domain().of_type(MAPPING)
    assert root.inputs["stageName"] == "prod"
    assert "basePath" not in root.inputs

    def two_versions() -> object:
        api = authorized_api(default_endpoint=False)
        return mtls_custom_domain(mappings={"v1": api, "partners/v2": api})

    assert {each.inputs["basePath"] for each in deploy(two_versions).of_type(MAPPING)} == {"v1", "partners/v2"}


def test_a_certificate_of_acm_is_validated_by_a_record_before_the_domain_is_made() -> None:
    stack = domain()
    proof = stack.one("aws:route53/record:Record", "partners-certificate-proof").inputs
    assert proof["name"] == "_proof.partners.example.com."
    assert proof["type"] == "CNAME"
    issued = stack.one("aws:acm/certificateValidation:CertificateValidation")
    assert issued.inputs["validationRecordFqdns"] == ["_proof.partners.example.com"]
    assert issued.urn in stack.one(DOMAIN).depends_on
    assert "privateKey" not in stack.one("aws:acm/certificate:Certificate").inputs


def test_an_imported_certificate_comes_with_the_proof_that_the_name_is_the_accounts() -> None:
    existing = ExistingCertificate(arn="arn:imported", ownership_certificate_arn="arn:proof")
    stack = domain(certificate=existing, alias_zone_id=None)
    made = stack.one(DOMAIN).inputs
    assert made["regionalCertificateArn"] == "arn:imported"
    assert made["ownershipVerificationCertificateArn"] == "arn:proof"
    assert stack.of_type("aws:acm/certificate:Certificate") == []
    assert stack.of_type("aws:route53/record:Record") == []


def test_the_record_points_at_the_regional_name() -> None:
    record = domain().one("aws:route53/record:Record", "partners-alias").inputs
    assert record["type"] == "A"
    [alias] = record["aliases"]
    assert alias["name"].startswith("d-abc123defg.execute-api.")
    assert alias["zoneId"] == "Z0ZONEOFREGION"


def test_the_bucket_is_private_versioned_encrypted_and_reached_over_tls_only() -> None:
    stack = bucket()
    block = stack.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs
    assert all(
        block[name] is True
        for name in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    )
    versions = stack.one("aws:s3/bucketVersioning:BucketVersioning").inputs
    assert versions["versioningConfiguration"]["status"] == "Enabled"
    encryption = stack.one(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    ).inputs
    assert encryption["rules"][0]["applyServerSideEncryptionByDefault"]["sseAlgorithm"] == "AES256"
    [statement] = json.loads(stack.one("aws:s3/bucketPolicy:BucketPolicy").inputs["policy"])["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert len(statement["Resource"]) == 2


def test_the_bundle_is_written_once_the_bucket_keeps_versions_and_is_private() -> None:
    stack = bucket()
    needed = stack.one(OBJECT).depends_on
    for kind in ("bucketVersioning:BucketVersioning", "bucketPublicAccessBlock:BucketPublicAccessBlock"):
        assert stack.one(f"aws:s3/{kind}").urn in needed


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"domain_name": "Partners.example.com"}, "not a lower-case host name"),
        ({"domain_name": "localhost"}, "not a lower-case host name"),
        ({"mappings": {}}, "answers nobody"),
    ],
)
def test_a_domain_that_could_not_work_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ArgumentError, match=told):
        deploy(lambda: mtls_custom_domain(**changes))


@pytest.mark.parametrize("base_path", ["/v1", "v1/", "v 1", "v1//v2"])
def test_a_base_path_that_api_gateway_refuses_is_refused_before(base_path: str) -> None:
    def build() -> object:
        return mtls_custom_domain(mappings={base_path: authorized_api(default_endpoint=False)})

    with pytest.raises(ArgumentError, match="is not a base path"):
        deploy(build)


def test_nothing_can_stand_beside_the_root() -> None:
    def build() -> object:
        api = authorized_api(default_endpoint=False)
        return MtlsCustomDomainArgs(
            domain_name="partners.example.com",
            certificate=ExistingCertificate(arn="arn:x"),
            truststore=AUTHORITIES,
            mappings={"": api, "v1": api},
        )

    with pytest.raises(ArgumentError, match="takes every path"):
        deploy(build)


@pytest.mark.parametrize(
    ("bundle", "told"),
    [("", "no PEM certificate"), (AUTHORITIES + "-----BEGIN EC PRIVATE KEY-----\n", "holds a private key")],
)
def test_a_bundle_without_a_certificate_or_with_a_key_is_refused(bundle: str, told: str) -> None:
    with pytest.raises(ArgumentError, match=told):
        deploy(lambda: truststore_bucket(bundle=bundle))


def test_what_is_no_id_of_a_zone_is_refused() -> None:
    with pytest.raises(ArgumentError, match="not the id of a hosted zone"):
        ValidatedCertificate(zone_id="/hostedzone/Z1")
