"""The certificate that a custom domain shows to its callers: one that ACM has already, or one that ACM issues.

Deliberately no import of a certificate here: the private key would pass through Pulumi's state. Import it with the
operator's tools and name its ARN.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.errors import ArgumentError

_ZONE_ID = re.compile(r"[A-Z0-9]{1,32}")
VALIDATION_RECORD_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class ExistingCertificate:
    """A certificate in ACM, in the domain's region, that covers the domain.

    An mTLS domain with an imported certificate, or one of a private authority, must prove that its name is the
    account's: `ownership_certificate_arn` is a public certificate that ACM issued for it.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html
    """

    arn: pulumi.Input[str]
    ownership_certificate_arn: pulumi.Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class ValidatedCertificate:
    """A certificate that ACM issues, and renews, once a record in the Route 53 zone shows that the name is yours.

    Raises `ArgumentError` for what is no id of a zone.
    """

    zone_id: pulumi.Input[str]

    def __post_init__(self) -> None:
        if isinstance(self.zone_id, str) and not _ZONE_ID.fullmatch(self.zone_id):
            raise ArgumentError(
                f"zone_id: {self.zone_id!r} is not the id of a hosted zone, such as Z0123456789ABCDEFGHIJ."
            )


DomainCertificate = ExistingCertificate | ValidatedCertificate


@dataclass(frozen=True, kw_only=True)
class UsableCertificate:
    """ARNs to give a domain; there is a domain only once the certificate has been issued."""

    arn: pulumi.Input[str]
    ownership_arn: pulumi.Input[str] | None


def usable(
    certificate: DomainCertificate, *, name: str, domain_name: str, tags: Mapping[str, str], parent: pulumi.Resource
) -> UsableCertificate:
    """Makes what is missing of the certificate, as children of `parent`."""
    if isinstance(certificate, ExistingCertificate):
        return UsableCertificate(arn=certificate.arn, ownership_arn=certificate.ownership_certificate_arn)
    options = pulumi.ResourceOptions(parent=parent)
    requested = aws.acm.Certificate(
        f"{name}-certificate", domain_name=domain_name, validation_method="DNS", tags=tags, opts=options
    )
    proof = requested.domain_validation_options[0]
    record = aws.route53.Record(
        f"{name}-certificate-proof",
        zone_id=certificate.zone_id,
        name=proof.resource_record_name,
        type=proof.resource_record_type,
        records=[proof.resource_record_value],
        ttl=VALIDATION_RECORD_SECONDS,
        allow_overwrite=True,  # every certificate of a name wants the same record
        opts=options,
    )
    issued = aws.acm.CertificateValidation(
        f"{name}-certificate-issued",
        certificate_arn=requested.arn,
        validation_record_fqdns=[record.fqdn],
        opts=options,
    )
    return UsableCertificate(arn=issued.certificate_arn, ownership_arn=None)
