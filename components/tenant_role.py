"""The role in which rows are read and written: IAM, not only the code, keeps each tenant to its own.

    data function ──AssumeRole with session tag customer_id──► session ──► items whose partition key is that customer

A session without the tag is not to be had, and would reach nothing. There is deliberately no Scan, no PartiQL and no
action on a whole table: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

import json
from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components.iam import POLICY_LANGUAGE_VERSION, Statement, policy_json

CUSTOMER_TAG = "customer_id"
# What the operations in functions/tenant_data/operations.py need (a test compares). Transactions need the right for
# each action in them, and no further one.
DATA_ACTIONS = ("dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query")
IDEMPOTENCY_ACTIONS = ("dynamodb:PutItem",)
# The least that AWS allows a role, and the most that it allows a session begun by another role (role chaining).
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
SESSION_SECONDS = 3600


def tenant_role(
    name: str,
    *,
    parent: pulumi.Resource,
    role_name: str,
    assumed_by_role_arn: pulumi.Input[str],
    statements: Sequence[Statement],
    tags: Mapping[str, str],
) -> aws.iam.Role:
    """Makes the role below `parent`, for sessions that the role `assumed_by_role_arn` begins.

    `role_name` is given, because the function that begins sessions is told the ARN before this role can trust it.
    Logical names: `<name>`, `<name>-policy`.
    """
    role = aws.iam.Role(
        name,
        name=role_name,
        description="Rows of one tenant: the one in the session's tag",
        assume_role_policy=pulumi.Output.from_input(assumed_by_role_arn).apply(trust_policy),
        max_session_duration=SESSION_SECONDS,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    aws.iam.RolePolicy(
        f"{name}-policy",
        role=role.name,
        policy=policy_json(statements),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return role


def trust_policy(role_arn: str) -> str:
    """Who may begin a session: one role, with the tag `customer_id`, not empty, and no other tag.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
    """
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": role_arn},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": {
            "StringLike": {f"aws:RequestTag/{CUSTOMER_TAG}": "?*"},
            "ForAllValues:StringEquals": {"aws:TagKeys": [CUSTOMER_TAG]},
        },
    }
    return json.dumps({"Version": POLICY_LANGUAGE_VERSION, "Statement": [statement]}, sort_keys=True)


def own_rows(sid: str, actions: Sequence[str], table_arn: pulumi.Input[str]) -> Statement:
    """Actions on the items of one table whose partition key is the customer in the session's tag, and on no others."""
    return Statement(
        sid=sid,
        actions=actions,
        resources=[table_arn],
        condition={
            "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": f"${{aws:PrincipalTag/{CUSTOMER_TAG}}}"},
            # `ForAllValues` also holds where there is no value at all; with these, such a request is refused.
            "Null": {"dynamodb:LeadingKeys": "false", f"aws:PrincipalTag/{CUSTOMER_TAG}": "false"},
        },
    )


def begin_tenant_sessions(role_arn: pulumi.Input[str]) -> Statement:
    """What the data function may do with the role: begin sessions of it, with tags."""
    return Statement(sid="BeginTenantSessions", actions=["sts:AssumeRole", "sts:TagSession"], resources=[role_arn])
