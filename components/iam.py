"""IAM policy documents from typed statements. Pure: creates no resource.

Statements allow; a right that was not granted is denied by IAM itself, so a Deny is only for taking back what one of
AWS's managed policies gives. Actions are written out in full: a wildcard in an action cannot be expressed. A statement
for every resource (`*`) needs the reason why AWS offers nothing narrower.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pulumi

from components.argument_types import check_types
from components.errors import ArgumentError

POLICY_LANGUAGE_VERSION = "2012-10-17"
EVERY_RESOURCE = "*"

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
_STATEMENT_ID = re.compile(r"[A-Za-z0-9]+")
_FULL_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z]+")

Condition = Mapping[str, Mapping[str, pulumi.Input[str]]]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement, an Allow unless `effect` says otherwise.

    `condition` maps an operator to keys and values (`{"StringEquals": {"aws:SourceAccount": "111122223333"}}`).
    `reason_for_every_resource` must say why, where `resources` is `["*"]`.
    Raises `ArgumentError` for a wildcard action, no resource, or `*` without a reason.
    """

    sid: str
    actions: Sequence[str]
    resources: Sequence[pulumi.Input[str]]
    condition: Condition = field(default_factory=dict[str, Mapping[str, pulumi.Input[str]]])
    reason_for_every_resource: str | None = None
    effect: Literal["Allow", "Deny"] = "Allow"

    def __post_init__(self) -> None:
        check_types(self, f"statement {self.sid}")
        if not _STATEMENT_ID.fullmatch(self.sid):
            raise ArgumentError(f"statement {self.sid!r}: an IAM statement id is letters and digits; rename it.")
        if not self.actions or not self.resources:
            raise ArgumentError(f"statement {self.sid}: name at least one action and one resource.")
        for action in self.actions:
            if not _FULL_ACTION.fullmatch(action):
                raise ArgumentError(
                    f"statement {self.sid}: {action!r} is not one action; write each action in full, "
                    "for example 'secretsmanager:GetSecretValue'."
                )
        everything = any(resource == EVERY_RESOURCE for resource in self.resources if isinstance(resource, str))
        if everything != bool(self.reason_for_every_resource):
            raise ArgumentError(
                f"statement {self.sid}: resources=['*'] and reason_for_every_resource belong together; "
                "name the resources, or say why AWS offers nothing narrower."
            )


def policy_document(statements: Sequence[Statement]) -> dict[str, Any]:
    """The document as IAM's JSON grammar has it; values may be outputs. Raises `ArgumentError` for a repeated id."""
    identifiers = [statement.sid for statement in statements]
    repeated = sorted({sid for sid in identifiers if identifiers.count(sid) > 1})
    if not statements or repeated:
        what = f"statement ids {', '.join(repeated)} occur twice" if repeated else "there is no statement"
        raise ArgumentError(f"policy document: {what}; give each statement its own id.")
    return {"Version": POLICY_LANGUAGE_VERSION, "Statement": [_rendered(statement) for statement in statements]}


def _rendered(statement: Statement) -> dict[str, Any]:
    rendered: dict[str, Any] = {
        "Sid": statement.sid,
        "Effect": statement.effect,
        "Action": list(statement.actions),
        "Resource": list(statement.resources),
    }
    if statement.condition:
        rendered["Condition"] = {operator: dict(keys) for operator, keys in statement.condition.items()}
    return rendered


def policy_json(statements: Sequence[Statement]) -> pulumi.Output[str]:
    """The document as text; unknown in a preview while one of its values is."""
    return pulumi.Output.json_dumps(policy_document(statements), sort_keys=True)


def service_trust_policy(service: str, *, source_account: pulumi.Input[str] | None) -> pulumi.Output[str]:
    """Who may assume a role: the service, and on behalf of `source_account` only (no confused deputy).

    `service` is a principal such as `lambda.amazonaws.com`. Lambda sends `aws:SourceAccount` when it assumes an
    execution role (AWS's own serverless examples rely on it; `aws:SourceArn` is not documented for it). API Gateway
    does not send it and would be locked out by the condition: None leaves it away.
    """
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": service},
    }
    if source_account is not None:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": source_account}}
    return pulumi.Output.json_dumps({"Version": POLICY_LANGUAGE_VERSION, "Statement": [statement]}, sort_keys=True)


def write_log_events(log_group_arn: pulumi.Input[str], *, sid: str = "WriteLogEvents") -> Statement:
    """Writing to one log group. Without `logs:CreateLogGroup`, so that none comes to be without a retention."""
    return Statement(
        sid=sid,
        actions=["logs:CreateLogStream", "logs:PutLogEvents"],
        resources=[pulumi.Output.concat(log_group_arn, ":*")],
    )


def write_audit_records(log_group_arn: pulumi.Input[str]) -> Statement:
    """Adding to an audit trail; whoever has this may not change or delete what is in it."""
    return write_log_events(log_group_arn, sid="WriteAuditRecords")


def send_traces() -> Statement:
    """Sending X-Ray segments."""
    return Statement(
        sid="SendTraces",
        actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
        resources=[EVERY_RESOURCE],
        reason_for_every_resource="X-Ray has no resource type for these actions (Service Authorization Reference).",
    )


def leave_networks_to_lambda() -> Statement:
    """Takes back from a function's code what `AWSLambdaVPCAccessExecutionRole` is for: Lambda manages the interfaces.

    Only calls of the code carry the key, never those of the Lambda service
    (https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-best-practice).
    """
    return Statement(
        sid="LeaveNetworksToLambda",
        effect="Deny",
        actions=[
            "ec2:AssignPrivateIpAddresses",
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:UnassignPrivateIpAddresses",
        ],
        resources=[EVERY_RESOURCE],
        condition={"Null": {"lambda:SourceFunctionArn": "false"}},
        reason_for_every_resource="The managed policy gives these actions on every resource.",
    )


def read_secret(sid: str, secret_arn: pulumi.Input[str]) -> Statement:
    """Reading the versions of one secret, and nothing else of it."""
    return Statement(sid=sid, actions=["secretsmanager:GetSecretValue"], resources=[secret_arn])


def rotate_secret(secret_arn: pulumi.Input[str], *, condition: Condition | None = None) -> Statement:
    """What a rotation function does to its secret, or to those that a pattern and a condition name.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html
    """
    return Statement(
        sid="RotateSecret",
        actions=[
            "secretsmanager:DescribeSecret",
            "secretsmanager:GetSecretValue",
            "secretsmanager:PutSecretValue",
            "secretsmanager:UpdateSecretVersionStage",
        ],
        resources=[secret_arn],
        condition=condition or {},
    )


def use_key_for_secret(
    sid: str, key_arn: pulumi.Input[str], secret_arn: pulumi.Input[str], *, encrypt: bool
) -> Statement:
    """Using a customer managed KMS key for one secret: decryption, and data keys as well where it is written.

    The encryption context ties the right to the secret (same AWS page as `rotate_secret`).
    """
    return Statement(
        sid=sid,
        actions=["kms:Decrypt", "kms:GenerateDataKey"] if encrypt else ["kms:Decrypt"],
        resources=[key_arn],
        condition={"StringEquals": {"kms:EncryptionContext:SecretARN": secret_arn}},
    )
