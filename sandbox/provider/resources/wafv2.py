"""AWS WAF: web ACLs and what they protect (`aws:wafv2/webAcl:WebAcl`, `.../webAclAssociation:WebAclAssociation`).

Rules are translated name by name between the official provider's spelling and botocore's model. Deliberately only the
statements listed in `STATEMENTS`; the emulator stores rules and never evaluates them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final, cast

from botocore.loaders import Loader
from botocore.model import ServiceModel

from sandbox.provider.declarations import declaration
from sandbox.provider.resource_type import (
    MISSING_CODES,
    ApiShape,
    AutoName,
    CloudFormationShape,
    Imported,
    Operation,
    Problem,
    ResourceType,
)
from sandbox.provider.resources.tagging import as_list, as_map, tag_changes
from sandbox.provider.schema import Kind, Property
from sandbox.provider.values import UNKNOWN, Properties, list_of, object_of

STATEMENTS: Final = frozenset(
    {"geoMatchStatement", "ipSetReferenceStatement", "managedRuleGroupStatement", "rateBasedStatement"}
)
_SETTINGS: Final = ("defaultAction", "description", "rules", "visibilityConfig")
_MISSING: Final = MISSING_CODES | {"WAFNonexistentItemException"}
_NOT_KEPT: Final = "the emulator does not keep it"


@cache
def _request_shape() -> Any:
    loader: Any = Loader()
    model: Any = ServiceModel(loader.load_service_model("wafv2", "service-2"), "wafv2")
    return model.operation_model("CreateWebACL").input_shape


def to_aws(value: Any, shape: Any) -> Any:
    """A value in the official provider's names as botocore's `shape` spells them; raises LookupError for a name that
    AWS does not have.
    """
    if isinstance(value, Mapping) and shape.type_name == "structure":
        members = {name.lower(): name for name in shape.members}
        translated: dict[str, Any] = {}
        for name, item in cast("Mapping[str, Any]", value).items():
            member = members.get(name.lower())
            if member is None:
                raise LookupError(f"{name} is no member of {shape.name}")
            translated[member] = to_aws(item, shape.members[member])
        return translated
    if isinstance(value, list):
        return [to_aws(item, shape.member) for item in cast("list[Any]", value)]
    return cast("Any", value)


def from_aws(value: Any, declared: Property) -> Any:
    """The other way round; what the official provider has no name for is left out, as it does."""
    if isinstance(value, Mapping) and declared.kind is Kind.OBJECT:
        names = {name.lower(): name for name in declared.fields}
        told = ((names.get(str(key).lower()), item) for key, item in cast("Mapping[Any, Any]", value).items())
        return {name: from_aws(item, declared.fields[name]) for name, item in told if name is not None}
    if isinstance(value, list) and declared.element is not None:
        element = declared.element
        return [from_aws(item, element) for item in cast("list[Any]", value)]
    return cast("Any", value)


def _request(inputs: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: inputs[name] for name in _SETTINGS if inputs.get(name) not in (None, "")}
    return {"Rules": [], **to_aws(given, _request_shape())}


def _create(operation: Operation) -> str:
    inputs = operation.inputs
    request = _request(inputs)
    if operation.tags:
        request["Tags"] = as_list(operation.tags)
    made = operation.client("wafv2").create_web_acl(Name=inputs["name"], Scope=inputs["scope"], **request)
    operation.created(str(made["Summary"]["Id"]))
    return str(made["Summary"]["Id"])


def _where(operation: Operation) -> dict[str, str]:
    known = {**operation.state, **operation.inputs}
    scope = str(known["scope"])
    name = known.get("name") or _name_of(operation.client("wafv2"), operation.id, scope)
    return {"Id": operation.id, "Name": str(name), "Scope": scope}


def _name_of(client: Any, identifier: str, scope: str) -> str:
    """The name that was made from a prefix: WAF finds an ACL by its id and name together."""
    request: dict[str, Any] = {"Scope": scope}
    while True:
        page = client.list_web_acls(**request)
        for acl in page["WebACLs"]:
            if acl["Id"] == identifier:
                return str(acl["Name"])
        if not page.get("NextMarker"):
            return identifier  # there is none: WAF then says so itself
        request["NextMarker"] = page["NextMarker"]


def _read(operation: Operation) -> Properties | None:
    client = operation.client("wafv2")
    where = _where(operation)
    found = client.get_web_acl(**where)
    acl, declared = found["WebACL"], declaration("aws:wafv2/webAcl:WebAcl").inputs
    tags = client.list_tags_for_resource(ResourceARN=acl["ARN"])["TagInfoForResource"]["TagList"]
    return {
        "applicationIntegrationUrl": found.get("ApplicationIntegrationURL", ""),
        "arn": acl["ARN"],
        "capacity": acl.get("Capacity", 0),
        "defaultAction": from_aws(acl["DefaultAction"], declared["defaultAction"]),
        "description": acl.get("Description", ""),
        "lockToken": found["LockToken"],
        "name": acl["Name"],
        "rules": from_aws(acl.get("Rules", []), declared["rules"]),
        "scope": where["Scope"],
        "tagsAll": as_map(tags),
        "visibilityConfig": from_aws(acl["VisibilityConfig"], declared["visibilityConfig"]),
    }


def _update(operation: Operation) -> None:
    client, where = operation.client("wafv2"), _where(operation)
    if operation.changed & set(_SETTINGS):
        token = client.get_web_acl(**where)["LockToken"]
        client.update_web_acl(**where, LockToken=token, **_request(operation.inputs))
    changes = tag_changes(operation)
    arn = str(operation.state["arn"])
    if changes.removed:
        client.untag_resource(ResourceARN=arn, TagKeys=changes.removed)
    if changes.added:
        client.tag_resource(ResourceARN=arn, Tags=as_list(changes.added))


def _delete(operation: Operation) -> None:
    client, where = operation.client("wafv2"), _where(operation)
    client.delete_web_acl(**where, LockToken=client.get_web_acl(**where)["LockToken"])


def _import_acl(identifier: str) -> Imported:
    parts = identifier.split("/")
    if len(parts) != 3 or not all(parts):
        raise ValueError(f"{identifier!r} must be ID/NAME/SCOPE")
    return Imported(id=parts[0], inputs={"name": parts[1], "scope": parts[2]})


def _check(inputs: Properties) -> Iterable[Problem]:
    for index, rule in enumerate(list_of(inputs.get("rules"))):
        rule = object_of(rule)
        yield from _statement_problems(rule.get("statement"), ("rules", index, "statement"))
        kinds = object_of(rule.get("statement")).keys()
        wanted = "overrideAction" if "managedRuleGroupStatement" in kinds else "action"
        other = {"overrideAction": "action", "action": "overrideAction"}[wanted]
        if kinds and (wanted not in rule or other in rule):
            message = f"a rule with {', '.join(sorted(kinds))} takes {wanted} and not {other}"
            yield Problem(path=("rules", index, wanted), message=message)


def _statement_problems(statement: Any, path: tuple[str | int, ...]) -> Iterable[Problem]:
    given = object_of(statement)
    if statement is not UNKNOWN and len(given) != 1:
        yield Problem(path=path, message="give exactly one statement")
    for kind, content in given.items():
        if kind not in STATEMENTS:
            known = ", ".join(sorted(STATEMENTS))
            message = f"the sandbox cannot honour this: it has {known}"
            yield Problem(path=(*path, kind), message=message)
        elif "scopeDownStatement" in object_of(content):
            nested = object_of(content)["scopeDownStatement"]
            yield from _statement_problems(nested, (*path, kind, "scopeDownStatement"))


def _associate(operation: Operation) -> str:
    acl, resource = str(operation.inputs["webAclArn"]), str(operation.inputs["resourceArn"])
    operation.client("wafv2").associate_web_acl(WebACLArn=acl, ResourceArn=resource)
    operation.created(f"{acl},{resource}")
    return f"{acl},{resource}"


def _acl_and_resource(identifier: str) -> tuple[str, str]:
    acl, separator, resource = identifier.partition(",")
    if not (acl and separator and resource):
        raise ValueError(f"{identifier!r} must be WEB-ACL-ARN,RESOURCE-ARN")
    return acl, resource


def _read_association(operation: Operation) -> Properties | None:
    acl, resource = _acl_and_resource(operation.id)
    found = object_of(operation.client("wafv2").get_web_acl_for_resource(ResourceArn=resource).get("WebACL"))
    if found.get("ARN") != acl:
        return None
    return {"resourceArn": resource, "webAclArn": acl}


def _disassociate(operation: Operation) -> None:
    _, resource = _acl_and_resource(operation.id)
    operation.client("wafv2").disassociate_web_acl(ResourceArn=resource)


def _import_association(identifier: str) -> Imported:
    acl, resource = _acl_and_resource(identifier)
    return Imported(id=identifier, inputs={"webAclArn": acl, "resourceArn": resource})


_CHOICES: Final = frozenset(
    {
        *(f"defaultAction.{name}" for name in ("allow", "block")),
        *(f"rules.action.{name}" for name in ("allow", "block", "captcha", "challenge", "count")),
        *(f"rules.overrideAction.{name}" for name in ("count", "none")),
    }
)
_SPELLINGS: Final = {"cloudwatchMetricsEnabled": "CloudWatchMetricsEnabled"}

RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:wafv2/webAcl:WebAcl",  # noqa: S106 - a type token
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        check=_check,
        replaces=frozenset({"name", "namePrefix", "scope"}),
        computed=frozenset({"name", "namePrefix"}),
        auto_name=AutoName(maximum_length=128),
        unordered=frozenset({"rules"}),
        choices=_CHOICES,
        recomputed={"lockToken": frozenset(_SETTINGS), "capacity": frozenset({"rules"})},
        locators=frozenset({"name", "scope"}),
        import_id=_import_acl,
        missing_codes=_MISSING,
        unsupported={
            "associationConfig": _NOT_KEPT,
            "captchaConfig": _NOT_KEPT,
            "challengeConfig": _NOT_KEPT,
            "customResponseBodies": _NOT_KEPT,
            "dataProtectionConfig": _NOT_KEPT,
            "monetizationConfig": _NOT_KEPT,
            "ruleJson": "give rules, so that a preview shows what changes",
            "tokenDomains": _NOT_KEPT,
        },
        cloudformation=CloudFormationShape(
            type_name="AWS::WAFv2::WebACL",
            renames={
                **{f"visibilityConfig.{name}": new for name, new in _SPELLINGS.items()},
                **{f"rules.visibilityConfig.{name}": new for name, new in _SPELLINGS.items()},
                "rules.statement.ipSetReferenceStatement": "IPSetReferenceStatement",
                "rules.statement.rateBasedStatement.scopeDownStatement.ipSetReferenceStatement": (
                    "IPSetReferenceStatement"
                ),
            },
            omits=frozenset({"namePrefix"}),
        ),
    ),
    ResourceType(
        token="aws:wafv2/webAclAssociation:WebAclAssociation",  # noqa: S106 - a type token
        create=_associate,
        read=_read_association,
        delete=_disassociate,
        replaces=frozenset({"resourceArn", "webAclArn"}),
        delete_before_replace=True,
        import_id=_import_association,
        missing_codes=_MISSING,
        cloudformation=CloudFormationShape(
            type_name="AWS::WAFv2::WebACLAssociation", renames={"webAclArn": "WebACLArn"}
        ),
        api=ApiShape(
            service="wafv2",
            operation="AssociateWebACL",
            members={"resourceArn": "ResourceArn", "webAclArn": "WebACLArn"},
        ),
    ),
)
