"""A role may write to a log group where its policy says so in the form that AWS documents, and to no other."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.functions import make_role
from tests.support.sandbox import ACCOUNT_ID, REGION, RunningSandbox

WRITING = ["logs:CreateLogStream", "logs:PutLogEvents"]
EVENTS = [{"timestamp": 1_767_225_600_000, "message": "one"}]


def group_arn(group: str) -> str:
    """The ARN without its end."""
    return f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:{group}"


def writer(sandbox: RunningSandbox, name: str, resource: str) -> Any:
    """A client of CloudWatch Logs with a role that may write to `resource`; the groups `name` and `other` are there."""
    for group in (name, f"{name}-other"):
        sandbox.client("logs").create_log_group(logGroupName=group)
    role = make_role(sandbox, name, [{"Effect": "Allow", "Action": WRITING, "Resource": resource}])
    trust = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, '
    sandbox.client("iam").update_assume_role_policy(
        RoleName=name, PolicyDocument=trust + '"Action": "sts:AssumeRole"}]}'
    )
    session = sandbox.client("sts").assume_role(RoleArn=role, RoleSessionName="writer")["Credentials"]
    return sandbox.client("logs", credentials=session)


def write(client: Any, group: str, stream: str = "stream") -> None:
    """Make a stream and put an event into it."""
    client.create_log_stream(logGroupName=group, logStreamName=stream)
    client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=EVENTS)


def test_without_the_module_the_documented_policy_grants_nothing(bare: RunningSandbox) -> None:
    client = writer(bare, "documented", f"{group_arn('documented')}:*")
    with pytest.raises(ClientError, match="AccessDenied"):
        write(client, "documented")


def test_the_documented_policy_grants_writing_to_its_group_only(sandbox: RunningSandbox) -> None:
    client = writer(sandbox, "documented", f"{group_arn('documented')}:*")
    write(client, "documented")
    with pytest.raises(ClientError, match="AccessDenied"):
        write(client, "documented-other")
    with pytest.raises(ClientError, match="AccessDenied"):
        client.delete_log_stream(logGroupName="documented", logStreamName="stream")


def test_a_policy_can_name_a_stream(sandbox: RunningSandbox) -> None:
    client = writer(sandbox, "one-stream", f"{group_arn('one-stream')}:log-stream:mine*")
    write(client, "one-stream", "mine-1")
    with pytest.raises(ClientError, match="AccessDenied"):
        write(client, "one-stream", "yours")


def test_the_arn_without_its_end_grants_no_writing(sandbox: RunningSandbox) -> None:
    client = writer(sandbox, "endless", group_arn("endless"))
    with pytest.raises(ClientError, match="AccessDenied"):
        write(client, "endless")


def test_conditions_on_the_groups_tags_still_hold(sandbox: RunningSandbox) -> None:
    for group, team in (("tagged-ours", "ours"), ("tagged-theirs", "theirs")):
        sandbox.client("logs").create_log_group(logGroupName=group, tags={"team": team})
    role = make_role(
        sandbox,
        "tagged",
        [
            {
                "Effect": "Allow",
                "Action": WRITING,
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:ResourceTag/team": "ours"}},
            }
        ],
    )
    trust = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, '
    sandbox.client("iam").update_assume_role_policy(
        RoleName="tagged", PolicyDocument=trust + '"Action": "sts:AssumeRole"}]}'
    )
    session = sandbox.client("sts").assume_role(RoleArn=role, RoleSessionName="writer")["Credentials"]
    client = sandbox.client("logs", credentials=session)
    write(client, "tagged-ours")
    with pytest.raises(ClientError, match="AccessDenied"):
        write(client, "tagged-theirs")
