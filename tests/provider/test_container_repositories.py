"""The repositories as the component declares them, deployed by the sandbox's provider and looked at in its AWS."""

import json

from sandbox.provider.aws_clients import EmulatorClients
from tests.components.samples import container_repositories
from tests.provider.driver import ProviderDriver
from tests.support.mocks import deploy


def test_the_repositories_of_the_component_are_deployed_as_declared(
    aws: ProviderDriver, clients: EmulatorClients
) -> None:
    declared = [each for each in deploy(container_repositories).registrations if each.custom]

    known = [aws.deploy(each.type, each.inputs, name=each.name) for each in declared]

    ecr = clients.client("ecr")
    found = ecr.describe_repositories(repositoryNames=["gatehouse/hello-world"])["repositories"][0]
    assert found["imageTagMutability"] == "IMMUTABLE"
    assert found["imageScanningConfiguration"] == {"scanOnPush": True}
    assert found["encryptionConfiguration"]["encryptionType"] == "AES256"
    policy = ecr.get_lifecycle_policy(repositoryName="gatehouse/hello-world")["lifecyclePolicyText"]
    assert [rule["rulePriority"] for rule in json.loads(policy)["rules"]] == [1, 2]
    for each in reversed(known):
        aws.delete(each)
    assert ecr.describe_repositories()["repositories"] == []
