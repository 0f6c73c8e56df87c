"""Hosted zones and records."""

from tests.provider.cases.case import Case, Refusal, World
from tests.provider.driver import Known

NO_ANSWERS = "refused: the emulator answers no names"


def zone(world: World) -> str:
    inputs = {"name": f"{world.name}.example", "forceDestroy": True}
    return world.need("aws:route53/zone:Zone", inputs, name="zone").id


def _drift_zone(world: World, known: Known) -> str:
    world.clients.client("route53").update_hosted_zone_comment(Id=known.id, Comment="somebody else's")
    return "comment"


def _change_record(world: World, known: Known, action: str, **values: object) -> None:
    record = {"Name": known.state["fqdn"], "Type": "A", **values}
    world.clients.client("route53").change_resource_record_sets(
        HostedZoneId=known.state["zoneId"], ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    )


def _drift_record(world: World, known: Known) -> str:
    _change_record(world, known, "UPSERT", TTL=300, ResourceRecords=[{"Value": "192.0.2.99"}])
    return "records"


def _remove_record(world: World, known: Known) -> None:
    _change_record(world, known, "DELETE", TTL=300, ResourceRecords=[{"Value": "192.0.2.1"}])


CASES = (
    Case(
        token="aws:route53/zone:Zone",
        base=lambda world: {"name": f"{world.name}-zone.example"},
        changes={"comment": "Partners", "forceDestroy": True, "tags": {"Team": "platform"}},
        replaces={"name": "another.example"},
        untested=dict.fromkeys(("delegationSetId", "enableAcceleratedRecovery", "vpcs"), NO_ANSWERS),
        drift=_drift_zone,
        remove=lambda world, known: world.clients.client("route53").delete_hosted_zone(Id=known.id),
        refused=(
            Refusal(change={"name": "x" * 1025}, message="name: "),
            Refusal(change={"comment": "x" * 257}, message="comment: "),
            Refusal(change={"name": None}, message="name: is required"),
        ),
    ),
    Case(
        token="aws:route53/record:Record",
        base=lambda world: {
            "zoneId": zone(world),
            "name": "api",
            "type": "A",
            "ttl": 300,
            "records": ["192.0.2.1"],
        },
        changes={"allowOverwrite": True, "records": ["192.0.2.1", "192.0.2.2"], "ttl": 60},
        replaces={"name": "other", "zoneId": "Z0", "type": "TXT"},
        untested={
            "aliases": "excludes records; see test_custom_domains.py",
            **dict.fromkeys(
                (
                    *("cidrRoutingPolicy", "failoverRoutingPolicies", "geolocationRoutingPolicies"),
                    *("geoproximityRoutingPolicy", "healthCheckId", "latencyRoutingPolicies"),
                    *("multivalueAnswerRoutingPolicy", "setIdentifier", "weightedRoutingPolicies"),
                ),
                NO_ANSWERS,
            ),
        },
        absent=frozenset(
            {
                *("allowOverwrite", "cidrRoutingPolicy", "failoverRoutingPolicies", "geolocationRoutingPolicies"),
                *("geoproximityRoutingPolicy", "latencyRoutingPolicies", "weightedRoutingPolicies"),
            }
        ),
        drift=_drift_record,
        remove=_remove_record,
        refused=(
            Refusal(change={"type": "BOGUS"}, message="type: 'BOGUS' is not one of"),
            Refusal(change={"records": ["not an address"]}, message="records"),
            Refusal(change={"ttl": None}, message="ttl: is required beside records"),
            Refusal(change={"records": None}, message="records: give exactly one of records and aliases"),
            Refusal(change={"setIdentifier": "one"}, message="setIdentifier: the sandbox cannot honour this"),
        ),
    ),
)
