"""Parameters of Systems Manager hold settings and certificates, not secrets.

A `String` is plain text for everyone who may read parameters; a `SecureString` is encrypted by AWS, but its value has
passed through the program and the state by then. So neither takes a secret, and a `SecureString` takes nothing but what
is public and only kept together with secrets: certificates, public keys and references.
"""

from collections.abc import Iterator
from typing import Final

from guardrails.properties import Known, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.secrets.detection import is_public_pem, is_reference
from guardrails.secrets.judged import MARKED, judge_text, judge_value
from guardrails.secrets.variables import HOW_VALUES_ARE_JUDGED
from guardrails.settings import Settings

PARAMETER: Final = "aws:ssm/parameter:Parameter"
_VALUES: Final = ("value", "insecureValue")


def check(parameter: Resource, _settings: Settings) -> Iterator[Finding]:
    """Judge the values by the parameter's name and type; demand that no write-only value is given."""
    match parameter.read("type"):
        case Known(value="String" | "StringList"):
            encrypted = False
        case Known(value="SecureString"):
            encrypted = True
        case Unknown():
            yield Undecided(resource=parameter, properties=("type",))
            encrypted = False
        case _:
            yield Violation(resource=parameter, problem="type is none of String, StringList and SecureString.")
            encrypted = True
    for path in _VALUES:
        yield from _value(parameter, path, encrypted=encrypted)
    match parameter.read("valueWo"):
        case Missing():
            return
        case Unknown():
            yield Undecided(resource=parameter, properties=("valueWo",))
        case _:
            yield Violation(resource=parameter, problem="valueWo carries the value through Pulumi.")


def _value(parameter: Resource, path: str, *, encrypted: bool) -> Iterator[Finding]:
    reading = parameter.read(path)
    if not isinstance(reading, Known) or not isinstance(reading.value, str):
        yield from judge_value(parameter, path, "", reading)
    elif is_public_pem(reading.value) or is_reference(reading.value):
        return
    elif encrypted:
        yield Violation(resource=parameter, problem=f"{path} of a SecureString is neither a certificate nor an ARN.")
    elif reading.secret:
        yield Violation(resource=parameter, problem=f"{path} {MARKED}.")
    else:
        named = [*judge_value(parameter, path, _last_part(parameter), reading)]
        yield from named or judge_text(parameter, path, reading)


def _last_part(parameter: Resource) -> str:
    name = parameter.read("name")
    return name.value.rpartition("/")[2] if isinstance(name, Known) and isinstance(name.value, str) else ""


PARAMETER_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="ssm-parameter-no-secret",
        severity=Severity.CRITICAL,
        description="The value of a Systems Manager parameter is no secret.",
        remediation=(
            "Keep the value in Secrets Manager, made or put in inside AWS (the component ManagedSecret), and let "
            "readers have the secret's ARN. Parameters hold settings and certificates."
        ),
        judged=(
            f"`{PARAMETER}`, by its inputs. `value` and `insecureValue` of a `String` or `StringList` are judged by "
            "the last part of the parameter's name and by what they are; larger texts line by line or member by "
            "member. A `SecureString` may hold certificates, public keys (PEM) and ARNs, and nothing else. `valueWo` "
            f"is never set.\n\n{HOW_VALUES_ARE_JUDGED}"
        ),
        why=(
            "What is encrypted by AWS is not encrypted on its way there: the value is in the program and in the state. "
            "Parameters have no rotation, and the right to read them is often given by path."
        ),
    ),
    types=frozenset({PARAMETER}),
    check=check,
)
