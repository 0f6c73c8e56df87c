"""Policies on resources (a secret's, an API's): the document that says who may do what with this one resource."""

from __future__ import annotations

from sandbox.provider.resource_type import CloudFormationShape


def resource_policy(name: str) -> CloudFormationShape:
    """Judges the input `name` as a resource policy.

    cfn-lint has its rules on resource policies for five types only; the language is the same for all
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html), so a topic's policy stands for
    them.
    """
    return CloudFormationShape(
        type_name="AWS::SNS::TopicPolicy",
        renames={name: "PolicyDocument"},
        only=frozenset({name}),
        supplies=frozenset({"Topics"}),
    )
