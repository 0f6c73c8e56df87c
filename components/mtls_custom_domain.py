"""`MtlsCustomDomain`: the only way to an API that wants a client certificate from every caller (seed 003).

    bundle ──► TruststoreBucket ──(version)──► DomainName ──► base path mappings ──► stages of AuthorizedApis
    certificate in ACM ────────────────────────────┘  └──► alias record

A changed bundle is a new version of the same object, and the domain is updated in place: old and new authority stand
side by side for as long as the bundle holds both. What must hold of a bundle is checked before anything is deployed
(`truststore`). It deliberately takes no API whose default endpoint answers: who has no certificate would go there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.authorized_api import AuthorizedApi
from components.domain_certificate import DomainCertificate, usable
from components.errors import ArgumentError
from components.truststore_bucket import TruststoreBucket, TruststoreBucketArgs

_DOMAIN_NAME = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])")
_BASE_PATH = re.compile(r"[A-Za-z0-9$_.+!*'()-]{1,300}(?:/[A-Za-z0-9$_.+!*'()-]{1,300})*")
ROOT_MAPPING = ""


@dataclass(frozen=True, kw_only=True)
class MtlsCustomDomainArgs:
    """What a domain is made of.

    `mappings` maps base paths ("" for the root, `v1`, `partners/v1`) to APIs; `truststore` is the PEM text of the
    authorities whose clients may connect; `alias_zone_id` is the Route 53 zone that gets the domain's record, None
    where names are kept elsewhere. `deletable` lets the bucket go with its objects.
    Raises `ArgumentError` for a name that is none, an API whose default endpoint answers, and mappings that API Gateway
    refuses.
    """

    domain_name: str
    certificate: DomainCertificate
    truststore: str
    mappings: Mapping[str, AuthorizedApi]
    alias_zone_id: pulumi.Input[str] | None = None
    deletable: bool = False
    tags: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        if not _DOMAIN_NAME.fullmatch(self.domain_name):
            raise ArgumentError(
                f"domain_name: {self.domain_name!r} is not a lower-case host name such as partners.example.com."
            )
        if not self.mappings:
            raise ArgumentError('mappings: a domain without an API answers nobody; map "" to one.')
        for base_path, api in self.mappings.items():
            if base_path != ROOT_MAPPING and not _BASE_PATH.fullmatch(base_path):
                raise ArgumentError(
                    f'mappings: {base_path!r} is not a base path; use "" for the root, or words such as v1 or a/b '
                    "without a slash at either end."
                )
            if api.args.default_endpoint:
                raise ArgumentError(
                    f"mappings: API {api.args.api_name} answers at its default endpoint too, where no certificate is "
                    "asked for; give it default_endpoint=False."
                )
        if ROOT_MAPPING in self.mappings and len(self.mappings) > 1:
            raise ArgumentError('mappings: "" takes every path, so that no other base path can stand beside it.')


class MtlsCustomDomain(pulumi.ComponentResource):
    """The domain. `url` is what callers use; `target_domain_name` is what a record elsewhere has to point at."""

    domain_name: pulumi.Output[str]
    url: pulumi.Output[str]
    target_domain_name: pulumi.Output[str]
    target_zone_id: pulumi.Output[str]
    truststore_uri: pulumi.Output[str]
    truststore_version: pulumi.Output[str]

    def __init__(self, name: str, args: MtlsCustomDomainArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatehouse:index:MtlsCustomDomain", name, None, opts)
        self.args = args
        child = pulumi.ResourceOptions(parent=self)
        truststore = TruststoreBucket(
            f"{name}-truststore",
            TruststoreBucketArgs(bundle=args.truststore, force_destroy=args.deletable, tags=args.tags),
            child,
        )
        certificate = usable(args.certificate, name=name, domain_name=args.domain_name, tags=args.tags, parent=self)
        domain = aws.apigateway.DomainName(
            name,
            domain_name=args.domain_name,
            regional_certificate_arn=certificate.arn,
            ownership_verification_certificate_arn=certificate.ownership_arn,
            endpoint_configuration={"types": "REGIONAL"},
            security_policy="TLS_1_2",
            mutual_tls_authentication={
                "truststore_uri": truststore.uri,
                "truststore_version": truststore.version,
            },
            tags=args.tags,
            opts=child,
        )
        for base_path, api in args.mappings.items():
            aws.apigateway.BasePathMapping(
                f"{name}-{base_path or 'root'}",
                domain_name=domain.domain_name,
                rest_api=api.rest_api_id,
                stage_name=api.stage_name,
                base_path=base_path or None,
                opts=child,
            )
        if args.alias_zone_id is not None:
            self._alias(name, args.alias_zone_id, domain)
        self.domain_name = domain.domain_name
        self.url = pulumi.Output.concat("https://", domain.domain_name)
        self.target_domain_name = domain.regional_domain_name
        self.target_zone_id = domain.regional_zone_id
        self.truststore_uri = truststore.uri
        self.truststore_version = truststore.version
        self.register_outputs(
            {
                "domain_name": self.domain_name,
                "url": self.url,
                "target_domain_name": self.target_domain_name,
                "target_zone_id": self.target_zone_id,
                "truststore_uri": self.truststore_uri,
                "truststore_version": self.truststore_version,
            }
        )

    def _alias(self, name: str, zone_id: pulumi.Input[str], domain: aws.apigateway.DomainName) -> None:
        aws.route53.Record(
            f"{name}-alias",
            zone_id=zone_id,
            name=domain.domain_name,
            type="A",
            aliases=[
                {
                    "name": domain.regional_domain_name,
                    "zone_id": domain.regional_zone_id,
                    "evaluate_target_health": False,
                }
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )
