"""`ManagedSecret`: a secret whose value is made inside AWS by its rotation function.

    Secret ◄── placeholder version `{}` ◄── rotation schedule ──► rotation function: create, set, test, finish

The value is never an input or an output of a Pulumi resource: it is in no program, plan, state or archive. The first
version is the public placeholder `{}`, because AWS does not promise to rotate a secret without a version; every reader
refuses it. It deliberately cannot be given a value. The decision: docs/adr/0007-secrets-never-in-state.md.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.argument_types import check_types
from components.errors import ArgumentError
from components.function_platform import FunctionPlatform
from components.iam import Statement, read_secret, rotate_secret, use_key_for_secret
from components.packaging import package_files
from components.python_function import PythonFunction, PythonFunctionArgs

# Public by design. Readers refuse it; the policy pack allows no other value to pass through Pulumi's state.
PLACEHOLDER_VALUE = "{}"

# A staging label of our own keeps the placeholder's version from being garbage-collected once it has lost AWSCURRENT
# and AWSPREVIOUS. Were it collected, a refresh would miss it and the next update would put a new version in its place.
# And a version that is put with a label of its own takes AWSCURRENT only where the secret has no version yet
# (PutSecretValue), so the placeholder can never push out a live key.
PLACEHOLDER_STAGE = "GATEHOUSE_PLACEHOLDER"

ROTATION_PACKAGES = ("secret_rotation", "aws_calls", "jwt_verification", "secret_store")
ROTATION_HANDLER = "secret_rotation.handler.handle"
KIND_VARIABLE = "SECRET_KIND"
ROTATION_TIMEOUT_SECONDS = 30

# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotationRulesType.html
ROTATION_DAYS = range(1, 1000 + 1)
# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html; 0 deletes at once
RECOVERY_DAYS = (0, *range(7, 30 + 1))
# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
_SECRET_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")


@dataclass(frozen=True, kw_only=True)
class ManagedSecretArgs:
    """What a managed secret is made of.

    `kind` is what the rotation function makes, one of `SECRET_KINDS` in functions/secret_rotation/kinds.py or
    `cognito-app-client`. `rotation_environment` and `rotation_statements` are what a kind needs that another system
    holds too.
    `name` is left out where nobody looks the secret up by name: an automatic one does not collide with a deleted secret
    that waits out its recovery window. Raises `ArgumentError` for what Secrets Manager would refuse later.
    """

    kind: str
    description: str
    rotation_function_name: str
    rotation_days: int = 30
    name: str | None = None
    recovery_window_days: int = 30
    kms_key_arn: pulumi.Input[str] | None = None
    rotation_environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    rotation_statements: Sequence[Statement] = ()
    platform: FunctionPlatform = field(default_factory=FunctionPlatform)
    tags: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        check_types(self, f"secret of {self.rotation_function_name}")
        if self.name is not None and not _SECRET_NAME.fullmatch(self.name):
            raise ArgumentError(f"name: {self.name!r} is not 1 to 512 letters, digits and /_+=.@-; correct or omit it.")
        if self.rotation_days not in ROTATION_DAYS:
            raise ArgumentError(f"rotation_days: {self.rotation_days}; Secrets Manager rotates every 1 to 1000 days.")
        if self.recovery_window_days not in RECOVERY_DAYS:
            raise ArgumentError(
                f"recovery_window_days: {self.recovery_window_days}; use 7 to 30, or 0 to delete without recovery."
            )


class ManagedSecret(pulumi.ComponentResource):
    """The secret, its placeholder, its rotation function and schedule.

    Logical names: `<name>` for the secret, `<name>-placeholder`, `<name>-rotation` (function, permission and schedule).
    Hand it to functions with `PythonFunctionArgs.secret_arns`; it then gives them its ARN and the right to read it.
    """

    arn: pulumi.Output[str]
    secret_name: pulumi.Output[str]
    rotation_function_name: pulumi.Output[str]

    def __init__(self, name: str, args: ManagedSecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatehouse:index:ManagedSecret", name, None, opts)
        self._kms_key_arn = args.kms_key_arn
        secret = aws.secretsmanager.Secret(
            name,
            name=args.name,
            description=args.description,
            kms_key_id=args.kms_key_arn,
            recovery_window_in_days=args.recovery_window_days,
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        placeholder = aws.secretsmanager.SecretVersion(
            f"{name}-placeholder",
            secret_id=secret.id,
            secret_string=PLACEHOLDER_VALUE,
            version_stages=[PLACEHOLDER_STAGE],
            # Rotation moves the labels of AWS's own; what is deployed stays what it was.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["secretString", "versionStages"]),
        )
        rotation = PythonFunction(
            f"{name}-rotation",
            PythonFunctionArgs(
                function_name=args.rotation_function_name,
                description=f"Makes new values of the secret {name} inside AWS",
                handler=ROTATION_HANDLER,
                files=package_files(ROTATION_PACKAGES),
                platform=args.platform,
                timeout_seconds=ROTATION_TIMEOUT_SECONDS,
                environment={KIND_VARIABLE: args.kind, **args.rotation_environment},
                statements=[*_rotation_statements(secret.arn, args.kms_key_arn), *args.rotation_statements],
                tags=args.tags,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        # Both: with the ARN, the function can rotate this secret and no other (AWS, "Permissions for rotation").
        permission = aws.lambda_.Permission(
            f"{name}-rotation-permission",
            action="lambda:InvokeFunction",
            function=rotation.function_name,
            principal="secretsmanager.amazonaws.com",
            source_arn=secret.arn,
            source_account=aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.secretsmanager.SecretRotation(
            f"{name}-rotation-schedule",
            secret_id=secret.id,
            rotation_lambda_arn=rotation.arn,
            rotation_rules=aws.secretsmanager.SecretRotationRotationRulesArgs(
                automatically_after_days=args.rotation_days
            ),
            # The schedule makes the first key at once, so all that the rotation needs must be there before it.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[placeholder, permission, rotation]),
        )
        self.arn = secret.arn
        self.secret_name = secret.name
        self.rotation_function_name = rotation.function_name
        self.register_outputs(
            {
                "arn": self.arn,
                "secret_name": self.secret_name,
                "rotation_function_name": self.rotation_function_name,
            }
        )

    def reader_statements(self, sid: str) -> Sequence[Statement]:
        """The right to read this secret, and to use its customer managed key where it has one."""
        statements = [read_secret(sid, self.arn)]
        if self._kms_key_arn is not None:
            statements.append(use_key_for_secret(f"{sid}Decrypt", self._kms_key_arn, self.arn, encrypt=False))
        return statements


def _rotation_statements(secret_arn: pulumi.Output[str], kms_key_arn: pulumi.Input[str] | None) -> list[Statement]:
    statements = [rotate_secret(secret_arn)]
    if kms_key_arn is not None:
        statements.append(use_key_for_secret("RotateSecretKey", kms_key_arn, secret_arn, encrypt=True))
    return statements
