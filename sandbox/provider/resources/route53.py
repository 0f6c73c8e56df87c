"""Route 53 hosted zones and records (`aws:route53/zone:Zone`, `aws:route53/record:Record`).

Deliberately no routing policies: nobody asks the emulator for a name, so which of several records it would answer could
not be seen.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from sandbox.provider.resource_type import (
    MISSING_CODES,
    ApiShape,
    CloudFormationShape,
    Imported,
    Operation,
    Problem,
    ResourceType,
)
from sandbox.provider.resources.apigateway_names import allowed
from sandbox.provider.resources.tagging import as_list, as_map, tag_changes
from sandbox.provider.values import Properties, list_of, object_of

MISSING: Final = MISSING_CODES | {"NoSuchHostedZone"}
DEFAULT_COMMENT: Final = "Managed by Pulumi"
RECORD_TYPES: Final = (
    *("A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "SSHFP", "SVCB"),
    *("TLSA", "TXT"),
)
"""API reference, ResourceRecordSet, `Type`."""
QUOTED_TYPES: Final = frozenset({"SPF", "TXT"})
"""Their values travel in quotation marks, which the official provider adds."""
OWN_TYPES: Final = frozenset({"NS", "SOA"})
"""The records that Route 53 makes itself for the zone's own name, and that go with the zone."""


def _create_zone(operation: Operation) -> str:
    client, inputs = operation.client("route53"), operation.inputs
    created = client.create_hosted_zone(
        Name=inputs["name"],
        CallerReference=f"pulumi-{uuid.uuid4()}",
        HostedZoneConfig={"Comment": inputs["comment"], "PrivateZone": False},
    )
    zone_id = str(created["HostedZone"]["Id"]).removeprefix("/hostedzone/")
    operation.created(zone_id)
    if operation.tags:
        client.change_tags_for_resource(ResourceType="hostedzone", ResourceId=zone_id, AddTags=as_list(operation.tags))
    return zone_id


def _read_zone(operation: Operation) -> Properties | None:
    client = operation.client("route53")
    found = client.get_hosted_zone(Id=operation.id)
    zone, servers = found["HostedZone"], found.get("DelegationSet", {}).get("NameServers", [])
    tags = client.list_tags_for_resource(ResourceType="hostedzone", ResourceId=operation.id)
    return {
        "arn": f"arn:{operation.clients.partition}:route53:::hostedzone/{operation.id}",
        "comment": zone.get("Config", {}).get("Comment", ""),
        "delegationSetId": "",
        "enableAcceleratedRecovery": False,
        "name": str(zone["Name"]).removesuffix("."),
        "nameServers": sorted(str(each).removesuffix(".") for each in servers),
        "primaryNameServer": str(servers[0]).removesuffix(".") if servers else "",
        "tagsAll": as_map(tags["ResourceTagSet"].get("Tags", [])),
        "vpcs": [],
        "zoneId": operation.id,
    }


def _update_zone(operation: Operation) -> None:
    client = operation.client("route53")
    if "comment" in operation.changed:
        client.update_hosted_zone_comment(Id=operation.id, Comment=operation.inputs["comment"])
    changes = tag_changes(operation)
    request: dict[str, Any] = {}
    if changes.added:
        request["AddTags"] = as_list(changes.added)
    if changes.removed:
        request["RemoveTagKeys"] = changes.removed
    if request:
        client.change_tags_for_resource(ResourceType="hostedzone", ResourceId=operation.id, **request)


def _delete_zone(operation: Operation) -> None:
    client = operation.client("route53")
    if operation.inputs.get("forceDestroy"):
        zone_name = client.get_hosted_zone(Id=operation.id)["HostedZone"]["Name"]
        for page in client.get_paginator("list_resource_record_sets").paginate(HostedZoneId=operation.id):
            for record in page["ResourceRecordSets"]:
                if record["Name"] != zone_name or record["Type"] not in OWN_TYPES:
                    _change(operation, operation.id, "DELETE", record)
    client.delete_hosted_zone(Id=operation.id)


def _put_record(operation: Operation) -> str:
    inputs = operation.inputs
    zone_id, name = str(inputs["zoneId"]), _full_name(operation)
    action = "CREATE" if not operation.id and not inputs.get("allowOverwrite") else "UPSERT"
    _change(operation, zone_id, action, _record_set(inputs, name))
    return f"{zone_id}_{str(inputs['name']).lower()}_{inputs['type']}"


def _update_record(operation: Operation) -> None:
    _put_record(operation)


def _change(operation: Operation, zone_id: str, action: str, record: Mapping[str, Any]) -> None:
    operation.client("route53").change_resource_record_sets(
        HostedZoneId=zone_id, ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    )


def _full_name(operation: Operation) -> str:
    """The record's name below the zone's; AWS knows full names only."""
    zone = operation.client("route53").get_hosted_zone(Id=operation.inputs["zoneId"])["HostedZone"]
    zone_name = str(zone["Name"]).removesuffix(".")
    name = str(operation.inputs["name"]).lower().removesuffix(".")
    if not name:
        return zone_name
    return name if name == zone_name or name.endswith(f".{zone_name}") else f"{name}.{zone_name}"


def _record_set(inputs: Mapping[str, Any], name: str) -> dict[str, Any]:
    record: dict[str, Any] = {"Name": name, "Type": inputs["type"]}
    if inputs.get("ttl") is not None:
        record["TTL"] = inputs["ttl"]
    if inputs.get("records"):
        quoted = inputs["type"] in QUOTED_TYPES
        record["ResourceRecords"] = [{"Value": f'"{text}"' if quoted else text} for text in inputs["records"]]
    for alias in list_of(inputs.get("aliases")):
        record["AliasTarget"] = {
            "DNSName": alias["name"],
            "HostedZoneId": alias["zoneId"],
            "EvaluateTargetHealth": alias["evaluateTargetHealth"],
        }
    return record


def _live_record(operation: Operation, name: str) -> dict[str, Any] | None:
    inputs = operation.inputs
    # Route 53 answers from this name on, in its own order.
    found = operation.client("route53").list_resource_record_sets(
        HostedZoneId=inputs["zoneId"], StartRecordName=name, StartRecordType=inputs["type"], MaxItems="1"
    )["ResourceRecordSets"]
    # It spells unusual characters in octal (`\\052` is `*`).
    same = found and str(found[0]["Name"]).removesuffix(".").replace("\\052", "*") == name
    return found[0] if same and found[0]["Type"] == inputs["type"] else None


def _read_record(operation: Operation) -> Properties | None:
    inputs, name = operation.inputs, _full_name(operation)
    live = _live_record(operation, name)
    if live is None:
        return None
    values = [str(each["Value"]) for each in live.get("ResourceRecords", [])]
    quoted = live["Type"] in QUOTED_TYPES
    alias: Any = live.get("AliasTarget")
    return {
        "aliases": [_alias(alias, inputs)] if alias else [],
        "fqdn": name,
        "healthCheckId": "",
        "multivalueAnswerRoutingPolicy": False,
        "name": inputs["name"],
        "records": [text.removeprefix('"').removesuffix('"') if quoted else text for text in values],
        "setIdentifier": "",
        "ttl": live.get("TTL"),
        "type": live["Type"],
        "zoneId": inputs["zoneId"],
    }


def _alias(live: Mapping[str, Any], inputs: Mapping[str, Any]) -> Properties:
    name = str(live["DNSName"]).removesuffix(".")
    given = object_of(next(iter(list_of(inputs.get("aliases"))), None)).get("name")
    # Names of the same thing with and without the last dot, or with capital letters, are no difference.
    if isinstance(given, str) and given.lower().removesuffix(".") == name.lower():
        name = given
    return {"evaluateTargetHealth": live["EvaluateTargetHealth"], "name": name, "zoneId": live["HostedZoneId"]}


def _delete_record(operation: Operation) -> None:
    live = _live_record(operation, _full_name(operation))
    if live is not None:
        _change(operation, str(operation.inputs["zoneId"]), "DELETE", live)


def _check_record(inputs: Properties) -> Iterator[Problem]:
    yield from allowed(inputs, "type", RECORD_TYPES)
    if ("records" in inputs) == ("aliases" in inputs):
        yield Problem(path=("records",), message="give exactly one of records and aliases")
    if "records" in inputs and "ttl" not in inputs:
        yield Problem(path=("ttl",), message="is required beside records")
    if "aliases" in inputs and "ttl" in inputs:
        yield Problem(path=("ttl",), message="excludes aliases: an alias lives as long as its target's record")
    aliases = inputs.get("aliases")
    if isinstance(aliases, list) and len(cast("list[Any]", aliases)) > 1:
        yield Problem(path=("aliases",), message="has room for one target")


def _judged(properties: dict[str, Any]) -> dict[str, Any]:
    judged = dict(properties)
    alias = judged.pop("AliasTarget", None)
    if isinstance(alias, list):
        judged |= {"AliasTarget": alias[0]} if alias else {}
    if isinstance(judged.get("TTL"), int):
        judged["TTL"] = str(judged["TTL"])
    if isinstance(judged.get("Name"), str):
        judged["Name"] = judged["Name"] or "."  # the zone's own name
    if str(judged.get("Type")) in QUOTED_TYPES and isinstance(judged.get("ResourceRecords"), list):
        values = cast("list[Any]", judged["ResourceRecords"])
        judged["ResourceRecords"] = [f'"{text}"' if isinstance(text, str) else text for text in values]
    return judged


def _import_record(identifier: str) -> Imported:
    parts = identifier.split("_")
    # Names may have underscores themselves (`_acme-challenge`); types and zone ids have none.
    zone_id, name, kind = parts[0], "_".join(parts[1:-1]), parts[-1]
    if len(parts) < 3 or not (zone_id and name and kind):
        raise ValueError(f"{identifier!r} must be ZONEID_NAME_TYPE")
    return Imported(id=identifier, inputs={"zoneId": zone_id, "name": name, "type": kind})


_ROUTING: Final = (
    *("cidrRoutingPolicy", "failoverRoutingPolicies", "geolocationRoutingPolicies", "geoproximityRoutingPolicy"),
    *("healthCheckId", "latencyRoutingPolicies", "multivalueAnswerRoutingPolicy", "setIdentifier"),
    "weightedRoutingPolicies",
)
_NO_ANSWERS: Final = "nobody asks the emulator for a name, so it could not be seen"

RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:route53/zone:Zone",  # noqa: S106 - a type token
        create=_create_zone,
        read=_read_zone,
        update=_update_zone,
        delete=_delete_zone,
        check=lambda inputs: (
            [] if inputs.get("name") else [Problem(path=("name",), message="is required and has no value")]
        ),
        replaces=frozenset({"delegationSetId", "name"}),
        defaults={"comment": DEFAULT_COMMENT, "forceDestroy": False},
        computed=frozenset({"delegationSetId", "enableAcceleratedRecovery", "vpcs"}),
        write_only=frozenset({"forceDestroy"}),
        missing_codes=MISSING,
        unsupported={
            "delegationSetId": "the emulator has one set of name servers",
            "enableAcceleratedRecovery": _NO_ANSWERS,
            "vpcs": _NO_ANSWERS,
        },
        cloudformation=CloudFormationShape(
            type_name="AWS::Route53::HostedZone",
            renames={"comment": "HostedZoneConfig.Comment", "tags": "HostedZoneTags"},
            omits=frozenset({"forceDestroy"}),
        ),
        api=ApiShape(service="route53", operation="CreateHostedZone", members={"name": "Name"}),
    ),
    ResourceType(
        token="aws:route53/record:Record",  # noqa: S106 - a type token
        create=_put_record,
        read=_read_record,
        update=_update_record,
        delete=_delete_record,
        check=_check_record,
        replaces=frozenset({"name", "setIdentifier", "type", "zoneId"}),
        computed=frozenset({"allowOverwrite", "multivalueAnswerRoutingPolicy"}),
        write_only=frozenset({"allowOverwrite"}),
        unordered=frozenset({"records"}),
        locators=frozenset({"name", "type", "zoneId"}),
        import_id=_import_record,
        missing_codes=MISSING,
        unsupported=dict.fromkeys(_ROUTING, _NO_ANSWERS),
        cloudformation=CloudFormationShape(
            type_name="AWS::Route53::RecordSet",
            renames={
                "aliases": "AliasTarget",
                "aliases.name": "DNSName",
                "aliases.zoneId": "HostedZoneId",
                "records": "ResourceRecords",
                "ttl": "TTL",
                "zoneId": "HostedZoneId",
            },
            omits=frozenset({"allowOverwrite"}),
            adjust=_judged,
        ),
    ),
)
