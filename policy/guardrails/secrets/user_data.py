"""User data of machines holds no secret: plain or in base64, packed or not, as a script, cloud-init or MIME parts."""

import base64
import binascii
import zlib
from collections.abc import Iterator
from typing import Final

from guardrails.properties import Known, Malformed, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Violation
from guardrails.secrets.judged import judge_text
from guardrails.secrets.texts import HOW_TEXTS_ARE_JUDGED
from guardrails.secrets.variables import HOW_VALUES_ARE_JUDGED
from guardrails.settings import Settings

USER_DATA: Final = {
    "aws:ec2/instance:Instance": ("userData", "userDataBase64"),
    "aws:ec2/launchConfiguration:LaunchConfiguration": ("userData", "userDataBase64"),
    "aws:ec2/launchTemplate:LaunchTemplate": ("userData",),
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest": ("userData", "userDataBase64"),
    "aws:lightsail/instance:Instance": ("userData",),
}
"""Type -> the properties that hold user data."""

_MOST_BYTES: Final = 1024 * 1024
"""EC2 takes 16 KiB of user data; what unpacks to more than this is no script."""

_GZIP: Final = b"\x1f\x8b"
_IN_BASE64: Final = frozenset({"userDataBase64"})


def check(machine: Resource, _settings: Settings) -> Iterator[Finding]:
    """Judge every form of user data that the type has."""
    for path in USER_DATA[machine.type]:
        reading = machine.read(path)
        match reading:
            case Known(value=str(text), secret=False):
                in_base64 = path in _IN_BASE64 or machine.type.endswith(":LaunchTemplate")
                found = _unpacked(text, in_base64=in_base64)
                if found is None:
                    yield Violation(resource=machine, problem=f"{path} cannot be unpacked, so it cannot be judged.")
                else:
                    yield from judge_text(machine, path, Known(found))
            case Known() | Unknown() | Missing() | Malformed():
                yield from judge_text(machine, path, reading)


def _unpacked(text: str, *, in_base64: bool) -> str | None:
    """The script; a text that is plain already is taken as it is, where plain texts are meant."""
    try:
        packed = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        # Terraform's provider refuses such a text where base64 is meant; Pulumi's takes it as it is in a preview.
        return text
    if packed.startswith(_GZIP):
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            packed = unpacker.decompress(packed, _MOST_BYTES)
        except zlib.error:
            return None
        if unpacker.unconsumed_tail:
            return None
    elif not in_base64 and not packed.isascii():
        return text  # a word that could be base64
    return packed.decode("utf-8", errors="replace")


USER_DATA_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="ec2-user-data-no-secret",
        severity=Severity.CRITICAL,
        description="The user data of a machine holds no secret.",
        remediation=(
            "Let the machine read the secret from Secrets Manager when it starts, with its instance profile's role."
        ),
        judged=(
            "By their inputs: "
            + ", ".join(f"`{name}` of `{token}`" for token, names in USER_DATA.items() for name in names)
            + ". Base64 and gzip are undone first; user data that does not unpack, or unpacks to more than 1 MiB, is a "
            f"violation. {HOW_TEXTS_ARE_JUDGED}\n\n{HOW_VALUES_ARE_JUDGED}"
        ),
        why=(
            "Every process on the machine can ask the metadata service for the user data, and so can everyone who may "
            "describe the machine."
        ),
        sources=("https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html",),
    ),
    types=frozenset(USER_DATA),
    check=check,
)
