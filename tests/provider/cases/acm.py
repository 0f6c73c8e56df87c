"""ACM certificates, imported ones; requested ones and their validation."""

import functools

from tests.provider.cases.case import Case, Refusal, World
from tests.provider.driver import Known
from tests.support.certificates import Issued, new_authority

REQUESTED = "belongs to a requested certificate; see test_custom_domains.py"

OTHER_ARN = "arn:aws:acm:ap-southeast-3:111122223333:certificate/00000000-0000-0000-0000-000000000000"


@functools.cache
def server_certificate(name: str) -> Issued:
    """A certificate of a server below a CA below a root; the same one for the same name."""
    return new_authority("Test root").authority("Test issuer").issue(name, names=[name], server=True)


def imported(name: str) -> dict[str, str]:
    issued = server_certificate(name)
    return {
        "certificateBody": issued.pem,
        "certificateChain": issued.chain_pem,
        "privateKey": issued.key_pem,
    }


def _drift(world: World, known: Known) -> str:
    world.clients.client("acm").add_tags_to_certificate(
        CertificateArn=known.id, Tags=[{"Key": "Team", "Value": "somebody else"}]
    )
    return "tags"


def validated(world: World) -> str:
    """A requested certificate whose validation record is in a zone of the account."""
    name = f"{world.name}.example"
    zone = world.need("aws:route53/zone:Zone", {"name": name, "forceDestroy": True}, name="validated-zone")
    made = world.need(
        "aws:acm/certificate:Certificate",
        {"domainName": name, "validationMethod": "DNS", "keyAlgorithm": "EC_prime256v1"},
        name="requested",
    )
    option = made.state["domainValidationOptions"][0]
    world.need(
        "aws:route53/record:Record",
        {
            "zoneId": zone.id,
            "name": option["resourceRecordName"],
            "type": option["resourceRecordType"],
            "ttl": 60,
            "records": [option["resourceRecordValue"]],
        },
        name="validation-record",
    )
    return made.id


CASES = (
    Case(
        token="aws:acm/certificate:Certificate",
        base=lambda world: {**imported(f"{world.name}.example"), "tags": {"Team": "platform"}},
        changes={
            "certificateBody": lambda world: imported("renewed.example")["certificateBody"],
            "tags": {"Team": "security"},
        },
        with_changes={
            "certificateBody": {
                "privateKey": lambda world: imported("renewed.example")["privateKey"],
                "certificateChain": lambda world: imported("renewed.example")["certificateChain"],
            },
        },
        replaces={"region": "eu-west-1"},
        untested={
            **dict.fromkeys(
                ("domainName", "keyAlgorithm", "options", "subjectAlternativeNames", "validationMethod"), REQUESTED
            ),
            "certificateAuthorityArn": "refused: there is no private CA",
            "certificateChain": "changed with the certificate",
            "earlyRenewalDuration": "refused: there is no private CA",
            "privateKey": "changed with the certificate",
            "privateKeyWo": "refused",
            "privateKeyWoVersion": "refused",
            "validationOptions": "refused: there is no e-mail",
        },
        absent=frozenset({"earlyRenewalDuration", "privateKeyWo", "privateKeyWoVersion", "validationOptions"}),
        drift=_drift,
        remove=lambda world, known: world.clients.client("acm").delete_certificate(CertificateArn=known.id),
        not_imported=frozenset({"certificateBody", "certificateChain", "privateKey"}),
        refused=(
            Refusal(change={"certificateBody": None}, message="certificateBody: is required beside privateKey"),
            Refusal(change={"certificateBody": "no certificate"}, message="certificateBody: is not PEM"),
            Refusal(change={"privateKey": None}, message="domainName: give exactly one of"),
            Refusal(change={"domainName": "a.example"}, message="domainName: give exactly one of"),
            Refusal(change={"privateKeyWo": "x"}, message="privateKeyWo: the sandbox cannot honour this"),
        ),
    ),
    Case(
        token="aws:acm/certificateValidation:CertificateValidation",
        base=lambda world: {"certificateArn": validated(world)},
        replaces={"certificateArn": OTHER_ARN, "region": "eu-west-1", "validationRecordFqdns": ["other.example"]},
        why_no_drift="a validated certificate stays validated",
        absent=frozenset({"validationRecordFqdns"}),
        why_not_removed="there is nothing apart from the certificate",
        refused=(Refusal(change={"certificateArn": "not an arn"}, message="certificateArn: "),),
    ),
)
