"""Versions of a secret have the ids that were asked for, keep their values, and carry each label once."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.support.sandbox import RunningSandbox

FIRST = "11111111-1111-1111-1111-111111111111"
SECOND = "22222222-2222-2222-2222-222222222222"


def refusal(error: pytest.ExceptionInfo[ClientError]) -> str:
    """The error's code."""
    return error.value.response["Error"]["Code"]


def test_without_the_module_a_version_is_overwritten(bare: RunningSandbox) -> None:
    client = bare.client("secretsmanager")
    client.create_secret(Name="overwritten", SecretString="zero")
    client.put_secret_value(SecretId="overwritten", ClientRequestToken=FIRST, SecretString="one")
    client.put_secret_value(SecretId="overwritten", ClientRequestToken=FIRST, SecretString="two")
    assert client.get_secret_value(SecretId="overwritten", VersionId=FIRST)["SecretString"] == "two"


def test_a_version_cannot_be_changed_and_the_same_value_again_changes_nothing(sandbox: RunningSandbox) -> None:
    client = sandbox.client("secretsmanager")
    client.create_secret(Name="kept", SecretString="zero")
    for _ in range(2):
        answer = client.put_secret_value(SecretId="kept", ClientRequestToken=FIRST, SecretString="one")
        assert (answer["VersionId"], answer["VersionStages"]) == (FIRST, ["AWSCURRENT"])
    with pytest.raises(ClientError) as error:
        client.put_secret_value(SecretId="kept", ClientRequestToken=FIRST, SecretString="two")
    assert refusal(error) == "ResourceExistsException"
    with pytest.raises(ClientError) as error:
        client.update_secret(SecretId="kept", ClientRequestToken=FIRST, SecretString="two")
    assert refusal(error) == "ResourceExistsException"
    assert client.get_secret_value(SecretId="kept")["SecretString"] == "one"


def test_without_the_module_a_secret_without_value_has_a_current_version(bare: RunningSandbox) -> None:
    client = bare.client("secretsmanager")
    client.create_secret(Name="empty")
    assert "SecretString" not in client.get_secret_value(SecretId="empty")


def test_a_secret_without_value_has_no_version(sandbox: RunningSandbox) -> None:
    client = sandbox.client("secretsmanager")
    assert "VersionId" not in client.create_secret(Name="empty")
    assert client.describe_secret(SecretId="empty")["VersionIdsToStages"] == {}
    with pytest.raises(ClientError) as error:
        client.get_secret_value(SecretId="empty")
    assert refusal(error) == "ResourceNotFoundException"
    client.put_secret_value(
        SecretId="empty", ClientRequestToken=FIRST, SecretString="one", VersionStages=["AWSPENDING"]
    )
    assert set(client.describe_secret(SecretId="empty")["VersionIdsToStages"][FIRST]) == {"AWSPENDING", "AWSCURRENT"}


def test_the_request_token_becomes_the_versions_id(sandbox: RunningSandbox) -> None:
    client = sandbox.client("secretsmanager")
    assert client.create_secret(Name="named", ClientRequestToken=FIRST, SecretString="one")["VersionId"] == FIRST
    assert client.update_secret(SecretId="named", ClientRequestToken=SECOND, SecretString="two")["VersionId"] == SECOND
    stages = client.describe_secret(SecretId="named")["VersionIdsToStages"]
    assert stages == {FIRST: ["AWSPREVIOUS"], SECOND: ["AWSCURRENT"]}


def test_a_label_moves_to_the_version_it_is_put_on(sandbox: RunningSandbox) -> None:
    client = sandbox.client("secretsmanager")
    client.create_secret(Name="labelled", SecretString="zero")
    for token in (FIRST, SECOND):
        client.put_secret_value(
            SecretId="labelled", ClientRequestToken=token, SecretString=token, VersionStages=["AWSPENDING"]
        )
    stages = client.describe_secret(SecretId="labelled")["VersionIdsToStages"]
    assert [version for version, labels in stages.items() if "AWSPENDING" in labels] == [SECOND]


def test_without_the_module_labels_beside_the_current_one_are_lost(bare: RunningSandbox) -> None:
    client = bare.client("secretsmanager")
    client.create_secret(Name="several", SecretString="zero")
    answer = client.put_secret_value(SecretId="several", SecretString="one", VersionStages=["AWSCURRENT", "ours"])
    assert answer["VersionStages"] == ["AWSCURRENT"]


def test_a_version_has_every_label_that_it_was_put_with(sandbox: RunningSandbox) -> None:
    client = sandbox.client("secretsmanager")
    client.create_secret(Name="several", SecretString="zero")
    answer = client.put_secret_value(SecretId="several", SecretString="one", VersionStages=["AWSCURRENT", "ours"])
    assert sorted(answer["VersionStages"]) == ["AWSCURRENT", "ours"]
    stages = client.describe_secret(SecretId="several")["VersionIdsToStages"]
    assert sorted(stages[answer["VersionId"]]) == ["AWSCURRENT", "ours"]


def test_a_value_is_read_by_id_and_label_only_where_they_belong_together(sandbox: RunningSandbox) -> None:
    client = sandbox.client("secretsmanager")
    client.create_secret(Name="both", ClientRequestToken=FIRST, SecretString="one")
    assert client.get_secret_value(SecretId="both", VersionId=FIRST, VersionStage="AWSCURRENT")["SecretString"] == "one"
    with pytest.raises(ClientError) as error:
        client.get_secret_value(SecretId="both", VersionId=FIRST, VersionStage="AWSPENDING")
    assert refusal(error) == "InvalidRequestException"


def test_a_version_needs_a_value(sandbox: RunningSandbox) -> None:
    client = sandbox.client("secretsmanager")
    client.create_secret(Name="needy", SecretString=json.dumps({}))
    with pytest.raises(ClientError) as error:
        client.put_secret_value(SecretId="needy")
    assert refusal(error) == "InvalidParameterException"
