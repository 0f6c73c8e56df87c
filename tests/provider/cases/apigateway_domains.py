"""Custom domain names and what is below their paths."""

from tests.provider.cases.acm import imported, validated
from tests.provider.cases.apigateway_stages import stage
from tests.provider.cases.case import Case, Refusal, World
from tests.provider.driver import Known
from tests.support.certificates import new_authority

AUTHORITIES = tuple(new_authority(f"Clients {number}") for number in (1, 2))


def certificate(world: World, name: str = "certificate") -> str:
    inputs = imported(f"{world.name}.example")
    return world.need("aws:acm/certificate:Certificate", inputs, name=name).id


def truststore(world: World, number: int) -> dict[str, str]:
    """A bundle in a versioned bucket of its own, and its version."""
    bucket = f"{world.name}-truststore-{number}"
    world.need("aws:s3/bucket:Bucket", {"bucket": bucket, "forceDestroy": True}, name=f"bucket-{number}")
    versioning = {"bucket": bucket, "versioningConfiguration": {"status": "Enabled"}}
    world.need("aws:s3/bucketVersioning:BucketVersioning", versioning, name=f"versioning-{number}")
    bundle = {"bucket": bucket, "key": "truststore.pem", "content": AUTHORITIES[number - 1].pem}
    made = world.need("aws:s3/bucketObjectv2:BucketObjectv2", bundle, name=f"bundle-{number}")
    return {"truststoreUri": f"s3://{bucket}/truststore.pem", "truststoreVersion": made.state["versionId"]}


def public_certificate(world: World) -> str:
    """An ownership verification certificate: a public one, issued by ACM."""
    return validated(world)


def domain(world: World, number: int = 1) -> str:
    inputs = {
        "domainName": f"{number}.{world.name}.example",
        "regionalCertificateArn": wildcard(world),
        "endpointConfiguration": {"types": "REGIONAL"},
    }
    return world.need("aws:apigateway/domainName:DomainName", inputs, name=f"domain-{number}").id


def wildcard(world: World) -> str:
    inputs = imported(f"*.{world.name}.example")
    return world.need("aws:acm/certificate:Certificate", inputs, name="wildcard").id


def _drift_domain(world: World, known: Known) -> str:
    patch = [{"op": "replace", "path": "/endpointConfiguration/ipAddressType", "value": "dualstack"}]
    world.clients.client("apigateway").update_domain_name(domainName=known.id, patchOperations=patch)
    return "endpointConfiguration"


def _drift_mapping(world: World, known: Known) -> str:
    patch = [{"op": "replace", "path": "/stage", "value": ""}]
    world.clients.client("apigateway").update_base_path_mapping(
        domainName=known.state["domainName"], basePath="(none)", patchOperations=patch
    )
    return "stageName"


def _remove_mapping(world: World, known: Known) -> None:
    world.clients.client("apigateway").delete_base_path_mapping(domainName=known.state["domainName"], basePath="(none)")


def _stage(world: World) -> dict[str, str]:
    made = stage(world)
    return {"restApi": made.state["restApi"], "stageName": made.state["stageName"]}


CASES = (
    Case(
        token="aws:apigateway/domainName:DomainName",
        base=lambda world: {
            "domainName": f"{world.name}.example",
            "regionalCertificateArn": certificate(world),
            "endpointConfiguration": {"types": "REGIONAL"},
        },
        changes={
            "securityPolicy": "TLS_1_0",
            "endpointConfiguration": {"types": "REGIONAL", "ipAddressType": "dualstack"},
            "mutualTlsAuthentication": lambda world: truststore(world, 1),
            "regionalCertificateArn": lambda world: certificate(world, "renewed"),
            "routingMode": "BASE_PATH_MAPPING_ONLY",
            "tags": {"Team": "platform"},
        },
        with_changes={
            "mutualTlsAuthentication": {
                "ownershipVerificationCertificateArn": public_certificate,
                "securityPolicy": "TLS_1_2",
            },
        },
        replaces={"domainName": "another.example", "region": "eu-west-1"},
        untested={"ownershipVerificationCertificateArn": "see test_custom_domains.py"}
        | dict.fromkeys(
            (
                *("certificateArn", "certificateBody", "certificateChain", "certificateName", "certificatePrivateKey"),
                *("endpointAccessMode", "policy", "regionalCertificateName"),
            ),
            "refused: the sandbox serves regional domains, with certificates of ACM",
        ),
        absent=frozenset(
            {
                *("certificateBody", "certificateChain", "certificatePrivateKey", "endpointAccessMode"),
                "mutualTlsAuthentication",
            }
        ),
        not_imported=frozenset({"endpointConfiguration"}),
        drift=_drift_domain,
        remove=lambda world, known: world.clients.client("apigateway").delete_domain_name(domainName=known.id),
        refused=(
            Refusal(
                change={"endpointConfiguration": {"types": "EDGE"}},
                message="endpointConfiguration.types: 'EDGE' is not REGIONAL",
            ),
            Refusal(change={"domainName": "No.Example"}, message="domainName: 'No.Example' is not a domain name"),
            Refusal(change={"regionalCertificateArn": None}, message="regionalCertificateArn: is required"),
            Refusal(change={"securityPolicy": "SSL_3"}, message="securityPolicy: 'SSL_3' is not one of TLS_1_0"),
            Refusal(
                change={"mutualTlsAuthentication": {"truststoreUri": "https://bucket/key"}},
                message="mutualTlsAuthentication.truststoreUri: 'https://bucket/key' is not s3://BUCKET/KEY",
            ),
            Refusal(
                change={
                    "mutualTlsAuthentication": {"truststoreUri": "s3://bucket/key"},
                    "securityPolicy": "TLS_1_0",
                },
                message="securityPolicy: must be TLS_1_2",
            ),
            Refusal(change={"routingMode": "RANDOM"}, message="routingMode: 'RANDOM' is not one of"),
        ),
    ),
    Case(
        token="aws:apigateway/basePathMapping:BasePathMapping",
        base=lambda world: {"domainName": domain(world), **_stage(world)},
        changes={"stageName": "", "basePath": "v1"},
        replaces={"domainName": "another.example", "region": "eu-west-1"},
        untested={"domainNameId": "refused: it belongs to private domains", "restApi": "see test_custom_domains.py"},
        drift=_drift_mapping,
        remove=_remove_mapping,
        refused=(
            Refusal(change={"basePath": "/v1"}, message="basePath: '/v1' must not begin or end with a slash"),
            Refusal(change={"basePath": "a b"}, message="basePath: 'a b' is not a base path"),
            Refusal(change={"restApi": None}, message="restApi: is required"),
        ),
    ),
)
