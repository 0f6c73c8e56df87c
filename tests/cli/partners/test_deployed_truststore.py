"""What the deployed domain trusts, as operators are told: nothing of what API Gateway warns of is kept from them."""

from cli.certificates.truststores import DeployedTruststore
from tests.cli.partners.place import Partners
from tests.functions.partners.authority import DAY, START, Authority

WARNING = "Certificate CN=Partners 2019 has expired and is not used"


def deployed(bundle: str, *warnings: str) -> DeployedTruststore:
    return DeployedTruststore(
        domain="partners.example.com", uri="s3://store/truststore.pem", version="v1", warnings=warnings, bundle=bundle
    )


def test_a_domain_without_a_warning_says_whom_it_trusts_and_until_when(partners: Partners) -> None:
    partners.place.truststores.deployed = [deployed(Authority("Partners").pem)]
    lines = partners("ca", "status").out.splitlines()
    assert lines[0] == "partners.example.com: s3://store/truststore.pem, version v1"
    assert lines[1].startswith("  CN=Partners, ends 20")
    assert len(lines) == 2


def test_a_warning_of_api_gateway_is_told_and_ends_with_a_failure(partners: Partners) -> None:
    partners.place.truststores.deployed = [deployed(Authority("Partners").pem, WARNING)]
    assert f"API Gateway warns: {WARNING}" in partners("ca", "status", code=1).out
    document = partners("ca", "status", "--json", code=1).document
    assert document["domains"][0]["warnings"] == [WARNING]


def test_what_would_be_refused_today_is_told_though_it_was_deployed_once(partners: Partners) -> None:
    ended = Authority("Partners", number=7, not_after=START)
    soon = Authority("Others", number=8, not_after=partners.place.time + 20 * DAY)
    partners.place.truststores.deployed = [deployed(ended.pem + soon.pem)]
    told = partners("ca", "status", code=1)
    assert "expired" in told.out
    assert "CN=Others" in told.out
    partners.place.truststores.deployed = [deployed(soon.pem)]
    assert "expires" in partners("ca", "status").out  # ahead of time, and no failure yet


def test_without_a_domain_there_is_nothing_to_tell(partners: Partners) -> None:
    assert "no domain with mutual TLS" in partners.refused("ca", "status")
