"""S3 lifecycle rules (`aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration`).

Deliberately only what the rules say: the emulator stores them, and removes nothing by them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from sandbox.provider.resource_type import ApiShape, CloudFormationShape, Operation, Problem, ResourceType
from sandbox.provider.resources.s3_access import MISSING_IN_S3, as_output, as_request, bucket_import
from sandbox.provider.resources.tagging import as_list, as_map
from sandbox.provider.values import UNKNOWN, Properties, list_of, object_of

SPELLING: Final = {"id": "ID"}
ACTIONS: Final = (
    "abortIncompleteMultipartUpload",
    "expiration",
    "noncurrentVersionExpiration",
    "noncurrentVersionTransitions",
    "transitions",
)
_FLAT_RULE: Final = {"ID": "Id", "AbortIncompleteMultipartUpload": "AbortIncompleteMultipartUpload", "Status": "Status"}


def _put(operation: Operation) -> str:
    bucket = str(operation.inputs["bucket"])
    rules = [_request_rule(rule) for rule in operation.inputs["rules"]]
    operation.client("s3").put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    return bucket


def _update(operation: Operation) -> None:
    _put(operation)


def _request_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    request = cast("dict[str, Any]", as_request(_completed_rule(rule), SPELLING))
    filter_by = request["Filter"]
    if "And" in filter_by:
        filter_by["And"] = {**filter_by["And"], "Tags": as_list(object_of(rule["filter"]["and"].get("tags")))}
    elif not filter_by:
        filter_by["Prefix"] = ""  # every object: S3 wants the member to be there
    for dated in (request.get("Expiration"), *request.get("Transitions", [])):
        if dated and not dated.get("Date", "x"):
            del dated["Date"]
    return request


def _read(operation: Operation) -> Properties | None:
    live = operation.client("s3").get_bucket_lifecycle_configuration(Bucket=operation.id)
    return {
        "bucket": operation.id,
        "expectedBucketOwner": "",
        "rules": [_completed_rule(_output_rule(rule)) for rule in live["Rules"]],
        "transitionDefaultMinimumObjectSize": live.get("TransitionDefaultMinimumObjectSize"),
    }


def _output_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    output = cast("dict[str, Any]", as_output(rule, SPELLING))
    both = object_of(object_of(output.get("filter")).get("and"))
    if both:
        told = {name: value for name, value in both.items() if name != "tags" and value not in ("", 0)}
        tags = as_map(object_of(object_of(rule["Filter"])["And"]).get("Tags", []))
        output["filter"] = {"and": {**told, **({"tags": tags} if tags else {})}}
    for dated in cast("list[dict[str, Any]]", [output.get("expiration") or {}, *list_of(output.get("transitions"))]):
        if "date" in dated:
            dated["date"] = dated["date"].strftime("%Y-%m-%dT%H:%M:%SZ")
    return output


def _completed_rule(rule: Any) -> Any:
    """A rule for every object, however that is said: no filter, an empty one, or the empty prefix."""
    if not isinstance(rule, Mapping):
        return rule
    given = cast("Mapping[str, Any]", rule)
    kept = {name: value for name, value in given.items() if value not in (None, "", []) and name != "filter"}
    filter_by = object_of(given.get("filter")) or ({"prefix": given["prefix"]} if given.get("prefix") else {})
    kept.pop("prefix", None)
    return {**kept, "filter": {name: value for name, value in filter_by.items() if value not in (None, "")}}


def _completed(inputs: Properties) -> Properties:
    rules = inputs.get("rules")
    return {**inputs, "rules": [_completed_rule(each) for each in list_of(rules)]} if list_of(rules) else inputs


def _check(inputs: Properties) -> Iterator[Problem]:
    if inputs.get("rules") is None:
        yield Problem(path=("rules",), message="is required by AWS and has no value")
    ids: set[Any] = set()
    for index, rule in enumerate(list_of(inputs.get("rules"))):
        given = object_of(rule)
        if given and not any(given.get(name) is not None for name in ACTIONS):
            yield Problem(path=("rules", index), message=f"does nothing; give one of {', '.join(ACTIONS)}")
        days = object_of(given.get("noncurrentVersionExpiration")).get("noncurrentDays")
        if isinstance(days, int) and days < 1:
            path = ("rules", index, "noncurrentVersionExpiration", "noncurrentDays")
            yield Problem(path=path, message=f"{days} is less than the minimum of 1")
        if given.get("id") is not UNKNOWN and given.get("id") in ids:
            yield Problem(path=("rules", index, "id"), message=f"{given['id']!r} is the id of an earlier rule")
        ids.add(given.get("id"))


def _judged(properties: dict[str, Any]) -> dict[str, Any]:
    """CloudFormation's rules are flat where the API's are nested."""
    rules = properties.get("Rules")
    if not isinstance(rules, list):
        return {"LifecycleConfiguration": {"Rules": rules}}
    return {"LifecycleConfiguration": {"Rules": [_flat(rule) for rule in cast("list[Any]", rules)]}}


def _flat(rule: dict[str, Any]) -> dict[str, Any]:
    flat = {new: rule[old] for old, new in _FLAT_RULE.items() if old in rule}
    expiration = rule.get("Expiration", {})
    moved = {"Days": "ExpirationInDays", "Date": "ExpirationDate"}
    kept = {**moved, "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker"}
    flat |= {new: expiration[old] for old, new in kept.items() if old in expiration}
    if "NoncurrentVersionExpiration" in rule:
        flat["NoncurrentVersionExpiration"] = rule["NoncurrentVersionExpiration"]
    for name, renamed in (
        ("Transitions", {"Days": "TransitionInDays", "Date": "TransitionDate"}),
        ("NoncurrentVersionTransitions", {"NoncurrentDays": "TransitionInDays"}),
    ):
        if isinstance(rule.get(name), list):
            flat[name] = [{renamed.get(key, key): value for key, value in each.items()} for each in rule[name]]
    if "NoncurrentVersionExpiration" in flat:
        days = {"NoncurrentDays": "NoncurrentDays"}
        flat["NoncurrentVersionExpiration"] = {
            days.get(key, key): value for key, value in flat["NoncurrentVersionExpiration"].items()
        }
    return flat


RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",  # noqa: S106 - a type token
        create=_put,
        read=_read,
        update=_update,
        delete=lambda operation: operation.client("s3").delete_bucket_lifecycle(Bucket=operation.id),
        check=_check,
        completes=_completed,
        replaces=frozenset({"bucket", "expectedBucketOwner"}),
        computed=frozenset({"expectedBucketOwner", "transitionDefaultMinimumObjectSize"}),
        import_id=bucket_import,
        missing_codes=MISSING_IN_S3,
        write_only=frozenset({"timeouts"}),
        unsupported={
            "expectedBucketOwner": "buckets of other accounts are not to be had in the sandbox",
            "transitionDefaultMinimumObjectSize": "the emulator moves no objects to other storage classes",
        },
        cloudformation=CloudFormationShape(
            type_name="AWS::S3::Bucket", only=frozenset({"rules"}), adjust=_judged, omits=frozenset({"rules.filter"})
        ),
        api=ApiShape(service="s3", operation="PutBucketLifecycleConfiguration", members={"bucket": "Bucket"}),
    ),
)
