"""The environment of a function and the variables of a stage: plain settings and ARNs only. Pure: creates no resource.

`refuse_secrets` looks at names and at the values that are known while the program runs; `plain_value` guards those that
are known only later. Both are a simple, honest check that catches slips (a name that says secret, a private key, a
token, a password in a URL, a long random value). They deliberately do not try to recognise every secret: the policy
pack judges the deployed values too, and neither replaces putting the value into a `ManagedSecret`.
"""

import re
from collections.abc import Mapping

import pulumi

from components.errors import ArgumentError

# https://docs.aws.amazon.com/lambda/latest/api/API_Environment.html (pattern of the names)
_VARIABLE_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]+")

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
RESERVED_VARIABLES = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_METADATA_API",
        "AWS_LAMBDA_METADATA_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SECRET_KEY",
        "AWS_SECURITY_TOKEN",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)

# What the last words of a name say. The last words count: SIGNING_KEY_SECRET_ARN, TOKEN_ISSUER are plain settings.
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:SECRETS?|PASSWORD|PASSWD|PASSPHRASE|PWD|TOKEN|CREDENTIALS?"
    r"|(?:API|ACCESS|ADMIN|AUTH|ENCRYPTION|HMAC|JWT|MASTER|PRIVATE|SECRET|SIGNING)_?KEYS?)$",
    re.IGNORECASE,
)
_WORD_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SECRET_VALUES = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "an AWS access key id": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a JSON Web Token": re.compile(r"\beyJ[\w-]{10,}\.[\w-]+\.[\w-]*"),
    "a URL with a password": re.compile(r"://[^/\s:@]+:[^/\s@]+@"),
}
# 32 characters: 128 bits in hexadecimal, 192 bits in base64, and longer than the identifiers AWS makes of one word.
_RANDOM_HEXADECIMAL = re.compile(r"(?=.*\d)(?=.*[a-fA-F])[0-9a-fA-F]{32,}")
_RANDOM_BASE64 = re.compile(r"(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9+/_-]{32,}={0,2}")
_ARN = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:")
_SWITCH = frozenset({"true", "false"})


def secret_in(name: str, value: str | None) -> str | None:
    """Why the variable looks like a secret, or None. Never repeats the value; `None` is a value not yet known."""
    if value is not None:
        if _ARN.match(value) or value in _SWITCH:
            return None
        for what, pattern in _SECRET_VALUES.items():
            if pattern.search(value):
                return f"its value contains {what}"
        if "://" not in value and (_RANDOM_HEXADECIMAL.fullmatch(value) or _RANDOM_BASE64.fullmatch(value)):
            return "its value looks random, as keys do"
        if _SECRET_NAME.search(_WORD_BOUNDARY.sub("_", name)):
            return "its name says so"
    return None


def refuse_secrets(what: str, variables: Mapping[str, pulumi.Input[str]]) -> None:
    """Raises `ArgumentError` for the first variable whose name or known value looks like a secret."""
    for name, value in variables.items():
        _refuse(what, name, value if isinstance(value, str) else None)


def refuse_reserved_names(what: str, variables: Mapping[str, pulumi.Input[str]]) -> None:
    """Raises `ArgumentError` for a name that Lambda refuses or keeps for itself."""
    for name in variables:
        if name in RESERVED_VARIABLES or not _VARIABLE_NAME.fullmatch(name):
            raise ArgumentError(
                f"{what}: {name!r} cannot be the name of an environment variable; use letters, digits and underscores, "
                "start with a letter, and leave Lambda's own names to Lambda."
            )


def plain_value(what: str, name: str, value: pulumi.Input[str]) -> pulumi.Output[str]:
    """The value, unless it is marked secret in Pulumi or turns out to look like one: then the deployment fails."""
    output = pulumi.Output.from_input(value)

    def refuse_marked(is_secret: bool) -> bool:  # noqa: FBT001 - the signature is Pulumi's: apply passes the value
        if is_secret:
            raise ArgumentError(_remedy(what, name, "Pulumi marks its value as secret"))
        return is_secret

    def refuse_value(value_and_mark: list[object]) -> str:
        plain = str(value_and_mark[0])
        _refuse(what, name, plain)
        return plain

    # A Future of its own, so that a marked value is refused in a preview even while it is unknown.
    marked = pulumi.Output.from_input(output.is_secret()).apply(refuse_marked)
    return pulumi.Output.all(output, marked).apply(refuse_value)


def _refuse(what: str, name: str, value: str | None) -> None:
    reason = secret_in(name, value)
    if reason is not None:
        raise ArgumentError(_remedy(what, name, reason))


def _remedy(what: str, name: str, reason: str) -> str:
    return (
        f"{what}: {name} looks like a secret ({reason}); put the value into a ManagedSecret and hand that to the "
        f"function as secret_arns={{'{name}_ARN': secret}}: only its ARN is deployed, and the function may read it."
    )
