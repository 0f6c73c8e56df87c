"""Every resource type of the sandbox, by token. A new file under `resources/` is listed here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sandbox.provider.resource_type import ResourceType
from sandbox.provider.resources import (
    acm,
    apigateway_account,
    apigateway_authorizer,
    apigateway_deployment,
    apigateway_domain,
    apigateway_gateway_response,
    apigateway_integrations,
    apigateway_method_settings,
    apigateway_methods,
    apigateway_resource,
    apigateway_rest_api,
    apigateway_rest_api_policy,
    apigateway_stage,
    apigateway_validation,
    cloudwatch,
    cognito_clients,
    cognito_user_pool,
    dynamodb_table,
    ec2_access,
    ec2_network,
    ecr,
    iam_policies,
    iam_role,
    lambda_function,
    lambda_invocation,
    lambda_permissions,
    lambda_versions,
    logs,
    route53,
    s3_bucket,
    s3_bucket_lifecycle,
    s3_bucket_settings,
    s3_objects,
    secret_rotation,
    secrets_manager,
    ssm_parameter,
    wafv2,
)


def by_token(resource_types: Iterable[ResourceType]) -> Mapping[str, ResourceType]:
    """The types by token; raises ValueError when two have the same."""
    found: dict[str, ResourceType] = {}
    for resource_type in resource_types:
        if resource_type.token in found:
            raise ValueError(f"{resource_type.token} is described twice")
        found[resource_type.token] = resource_type
    return found


RESOURCE_TYPES: Final = by_token(
    (
        *acm.RESOURCE_TYPES,
        *apigateway_account.RESOURCE_TYPES,
        *apigateway_authorizer.RESOURCE_TYPES,
        *apigateway_deployment.RESOURCE_TYPES,
        *apigateway_domain.RESOURCE_TYPES,
        *apigateway_gateway_response.RESOURCE_TYPES,
        *apigateway_integrations.RESOURCE_TYPES,
        *apigateway_method_settings.RESOURCE_TYPES,
        *apigateway_methods.RESOURCE_TYPES,
        *apigateway_resource.RESOURCE_TYPES,
        *apigateway_rest_api.RESOURCE_TYPES,
        *apigateway_rest_api_policy.RESOURCE_TYPES,
        *apigateway_stage.RESOURCE_TYPES,
        *apigateway_validation.RESOURCE_TYPES,
        *cloudwatch.RESOURCE_TYPES,
        *cognito_clients.RESOURCE_TYPES,
        *cognito_user_pool.RESOURCE_TYPES,
        *dynamodb_table.RESOURCE_TYPES,
        *ec2_access.RESOURCE_TYPES,
        *ec2_network.RESOURCE_TYPES,
        *ecr.RESOURCE_TYPES,
        *iam_policies.RESOURCE_TYPES,
        *iam_role.RESOURCE_TYPES,
        *lambda_function.RESOURCE_TYPES,
        *lambda_invocation.RESOURCE_TYPES,
        *lambda_permissions.RESOURCE_TYPES,
        *lambda_versions.RESOURCE_TYPES,
        *logs.RESOURCE_TYPES,
        *route53.RESOURCE_TYPES,
        *s3_bucket.RESOURCE_TYPES,
        *s3_bucket_lifecycle.RESOURCE_TYPES,
        *s3_bucket_settings.RESOURCE_TYPES,
        *s3_objects.RESOURCE_TYPES,
        *secret_rotation.RESOURCE_TYPES,
        *secrets_manager.RESOURCE_TYPES,
        *ssm_parameter.RESOURCE_TYPES,
        *wafv2.RESOURCE_TYPES,
    )
)

CLOUDFORMATION_TYPES: Final = frozenset(
    each.cloudformation.type_name for each in RESOURCE_TYPES.values() if each.cloudformation is not None
)
"""The CloudFormation types that inputs are judged as."""
