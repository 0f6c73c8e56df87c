"""Inputs that are secrets by what AWS calls them, and secrets in inputs where nobody expects one.

Two rules on resources of every type, those that this pack has never seen included:

- *named*: an input that takes a password, a private key or a client secret is not given one. Its value would pass
  through the program and the state, however well AWS keeps it afterwards.
- *found*: no other input holds a text with the format of a token, a key or a password in a URL.

Names and randomness are no reason for the second rule: an input of an unknown type may well be a long random id.
"""

from collections.abc import Iterator
from typing import Final

from guardrails.properties import Asset, Known, Node, Unknown, children
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.secrets.detection import is_reference
from guardrails.secrets.documents import plain_name
from guardrails.secrets.formats import format_of
from guardrails.secrets.judged import texts_of
from guardrails.secrets.user_data import USER_DATA
from guardrails.settings import Settings

SECRET_INPUTS: Final = frozenset(
    (
        *("accessToken", "adminPassword", "apple_private_key", "authToken", "basicAuthCredentials", "caPrivateKeyPem"),
        *(
            "certificatePrivateKey",
            "clientSecret",
            "client_secret",
            "keyMaterial",
            "masterPassword",
            "masterPasswordWo",
        ),
        *("masterUserPassword", "masterUserPasswordWo", "oauthToken", "password", "passwordWo", "platformCredential"),
        *("preSharedKey", "presharedKey", "privateKey", "privateKeyPem", "secretAccessKey", "secretKey"),
        *("sessionToken", "sharedSecret", "temporaryPassword", "trustPassword", "tunnel1PresharedKey"),
        *("tunnel2PresharedKey", "webhookSecret"),
    )
)
"""Names of inputs, on whatever type and however deep, that take a secret and nothing else."""

_KEYS_OF_CALLERS: Final = frozenset({"aws:cloudwatch/eventConnection:EventConnection"})
"""Types with an `apiKey` whose `value` is the secret."""

_OWN_NAMES: Final = frozenset(("environment", "environmentVariables", "stageVariables", "tags", "tagsAll", "variables"))
"""Maps whose keys are the program's own names, not AWS's; rules of their own judge them by these."""

JUDGED_ELSEWHERE: Final[dict[str, frozenset[str]]] = {
    "aws:apigateway/restApi:RestApi": frozenset({"body"}),
    "aws:apigateway/restApiPut:RestApiPut": frozenset({"body"}),
    "aws:apigateway/stage:Stage": frozenset({"variables"}),
    "aws:apigatewayv2/api:Api": frozenset({"body"}),
    "aws:apigatewayv2/stage:Stage": frozenset({"stageVariables"}),
    "aws:codebuild/project:Project": frozenset({"environment", "source"}),
    "aws:cognito/identityProvider:IdentityProvider": frozenset({"providerDetails"}),
    "aws:ecs/taskDefinition:TaskDefinition": frozenset({"containerDefinitions"}),
    "aws:lambda/function:Function": frozenset({"code", "environment"}),
    "aws:lambda/layerVersion:LayerVersion": frozenset({"code"}),
    "aws:secretsmanager/secretVersion:SecretVersion": frozenset({"secretBinary", "secretString", "secretStringWo"}),
    "aws:sfn/stateMachine:StateMachine": frozenset({"definition"}),
    "aws:ssm/parameter:Parameter": frozenset({"insecureValue", "value", "valueWo"}),
    **{token: frozenset(names) for token, names in USER_DATA.items()},
}
"""Inputs that a rule of their own judges, more closely than by their format; what it finds is reported once."""

_TAGS: Final = frozenset(("defaultTags", "tagSpecifications", "tags", "tagsAll", "volumeTags"))


def check_named(resource: Resource, _settings: Settings) -> Iterator[Finding]:
    """Demand that inputs with the name of a secret are not given."""
    waiting: list[str] = []
    for path, node in _named(resource):
        match node:
            case Unknown():
                waiting.append(_shown(path, node))
            case Known(value=None | "" | bool()):
                pass
            case Known(value=str(text)) if is_reference(text):
                pass
            case Known():
                yield Violation(resource=resource, problem=f"{_shown(path, node)} passes a secret through Pulumi.")
    if waiting:
        yield Undecided(resource=resource, properties=tuple(waiting))


_Path = tuple[str, ...]


def _named(resource: Resource) -> Iterator[tuple[_Path, Node]]:
    """Every input that has the name of a secret, and every one of which only the update will tell."""
    apart = JUDGED_ELSEWHERE.get(resource.type, frozenset[str]())
    pending: list[tuple[_Path, Node]] = [
        ((name,), node) for name, node in _inputs(resource) if name not in apart and name not in _OWN_NAMES
    ]
    is_provider = resource.type.startswith("pulumi:providers:")
    while pending:
        path, node = pending.pop()
        if path[-1] in SECRET_INPUTS or (is_provider and path == ("token",)):
            yield path, node
        elif isinstance(node, Unknown):
            yield path, node  # it may be an object, and have such a member
        elif isinstance(node.value, list):
            pending.extend(((*path, f"[{index}]"), member) for index, member in children(node))
        else:
            for name, member in children(node):
                if path[-1] == "apiKey" and name == "value" and resource.type in _KEYS_OF_CALLERS:
                    yield (*path, name), member
                elif name not in _OWN_NAMES:
                    pending.append(((*path, name), member))


def check_found(resource: Resource, _settings: Settings) -> Iterator[Finding]:
    """Demand that no text among the inputs has the format of a secret."""
    apart = JUDGED_ELSEWHERE.get(resource.type, frozenset[str]())
    pending: list[tuple[_Path, Node]] = [
        ((name,), node) for name, node in _inputs(resource) if name not in apart and name not in _TAGS
    ]
    waiting: list[str] = []
    while pending:
        path, node = pending.pop()
        if isinstance(node, Unknown):
            waiting.append(_shown(path, node))
            continue
        match node.value:
            case str(text) | Asset(text=str(text)):
                found = format_of(text) if path[-1] not in SECRET_INPUTS else None
                if found:
                    problem = f"{_shown(path, node)} has the format of a secret ({found})."
                    yield Violation(resource=resource, problem=problem)
            case dict():
                for name, member in children(node):
                    if format_of(name):
                        problem = f"the name of a member of {_shown(path, Known(name))} has the format of a secret."
                        yield Violation(resource=resource, problem=problem)
                    pending.append(((*path, name), member))
            case list():
                pending.extend(((*path, f"[{index}]"), member) for index, member in children(node))
            case _:
                pass
    if waiting:
        yield Undecided(resource=resource, properties=tuple(sorted(waiting)))


def _shown(path: _Path, node: Node) -> str:
    """The path, without names that have a piece of the value in them."""
    value = "\n".join(texts_of(node))
    parts = [part if part.startswith("[") else plain_name(part, value) or "(a member)" for part in path]
    return ".".join(parts).replace(".[", "[")


def _inputs(resource: Resource) -> Iterator[tuple[str, Node]]:
    for name in resource.properties:
        reading = resource.read(name)
        if isinstance(reading, Known | Unknown):
            yield name, reading


NAMED_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="aws-resource-no-secret-input",
        severity=Severity.CRITICAL,
        description="No input that takes a password, a private key or a client secret is given one.",
        remediation=(
            "Let AWS make the secret (manageMasterUserPassword for databases, ACM for certificates, an EventBridge "
            "connection's secret), or put it in inside AWS, and give readers the secret's ARN."
        ),
        judged=(
            "Resources of every type, providers and components included, by their inputs at every depth: "
            + ", ".join(f"`{name}`" for name in sorted(SECRET_INPUTS))
            + ", `token` of a provider, and the API key of an EventBridge connection. They are absent, "
            "empty or an ARN. That Pulumi marks the value as a secret is no excuse, nor is a write-only argument: the "
            "engine has it as an input."
        ),
        why=(
            "AWS keeps such a value well, but on its way there it is in the program's memory and in the state file "
            "(encrypted at best), and in every preview's inputs. A private key belongs into Secrets Manager or stays "
            "inside the service that made it."
        ),
    ),
    types=None,
    check=check_named,
)

FOUND_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="aws-resource-no-secret-format-in-inputs",
        severity=Severity.CRITICAL,
        description="No input of any resource has the format of a token, a key or a password in a URL.",
        remediation="Take the value out of the program: keep it in Secrets Manager, and pass on the secret's ARN.",
        judged=(
            "Resources of every type, of any provider, and components, by their inputs at every depth, names of "
            "members and texts of assets included. Formats are those of "
            "[detect-secrets](https://github.com/Yelp/detect-secrets) and some newer ones. Names and randomness are no "
            "reason here. Inputs that other rules judge more closely are left to them."
        ),
        why=(
            "Whatever the resource is for, its inputs are in the state file, and most are shown by a `Describe` call. "
            "This is the net below the rules that know what they look at."
        ),
    ),
    types=None,
    check=check_found,
)
