"""Log groups take customer managed keys, change them and give them up; what is no usable key is refused."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fidelity.tenants import code_of
from tests.support.sandbox import ACCOUNT_ID, REGION, RunningSandbox

NO_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/00000000-0000-0000-0000-000000000000"


def new_key(sandbox: RunningSandbox, **settings: Any) -> str:
    return sandbox.client("kms").create_key(**settings)["KeyMetadata"]["Arn"]


def key_of(sandbox: RunningSandbox, group: str) -> str | None:
    (found,) = sandbox.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    return found.get("kmsKeyId")


def test_a_key_is_given_exchanged_and_taken_away(sandbox: RunningSandbox) -> None:
    logs, first, second = sandbox.client("logs"), new_key(sandbox), new_key(sandbox)
    logs.create_log_group(logGroupName="exchanged", kmsKeyId=first)
    assert key_of(sandbox, "exchanged") == first
    logs.associate_kms_key(logGroupName="exchanged", kmsKeyId=second)
    assert key_of(sandbox, "exchanged") == second
    logs.disassociate_kms_key(logGroupName="exchanged")
    assert key_of(sandbox, "exchanged") is None


def test_without_the_module_the_actions_are_unknown_and_any_text_is_a_key(bare: RunningSandbox) -> None:
    logs = bare.client("logs")
    logs.create_log_group(logGroupName="unchecked", kmsKeyId=NO_KEY)
    for change in (
        lambda: logs.associate_kms_key(logGroupName="unchecked", kmsKeyId=new_key(bare)),
        lambda: logs.disassociate_kms_key(logGroupName="unchecked"),
    ):
        with pytest.raises(ClientError, match="Unknown action"):
            change()


def test_a_key_that_cannot_be_used_is_refused_and_changes_nothing(sandbox: RunningSandbox) -> None:
    logs, good, disabled = sandbox.client("logs"), new_key(sandbox), new_key(sandbox)
    sandbox.client("kms").disable_key(KeyId=disabled)
    asymmetric = new_key(sandbox, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    logs.create_log_group(logGroupName="kept", kmsKeyId=good)
    for key in (NO_KEY, disabled, asymmetric, good.rpartition("/")[2]):
        with pytest.raises(ClientError) as refused:
            logs.associate_kms_key(logGroupName="kept", kmsKeyId=key)
        assert code_of(refused.value) == "InvalidParameterException", key
        with pytest.raises(ClientError) as refused:
            logs.create_log_group(logGroupName="never-made", kmsKeyId=key)
        assert code_of(refused.value) == "InvalidParameterException", key
    assert key_of(sandbox, "kept") == good
    assert not logs.describe_log_groups(logGroupNamePrefix="never-made")["logGroups"]


def test_a_group_that_there_is_not_and_results_of_queries_are_refused(sandbox: RunningSandbox) -> None:
    logs, key = sandbox.client("logs"), new_key(sandbox)
    with pytest.raises(ClientError) as refused:
        logs.associate_kms_key(logGroupName="nowhere", kmsKeyId=key)
    assert code_of(refused.value) == "ResourceNotFoundException"
    results = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:query-result:*"
    with pytest.raises(ClientError) as refused:
        logs.disassociate_kms_key(resourceIdentifier=results)
    assert code_of(refused.value) == "InvalidParameterException"
