"""Every case, a module per service."""

from tests.provider.cases import (
    apigateway,
    apigateway_methods,
    apigateway_stages,
    cloudwatch,
    dynamodb,
    iam,
    lambda_,
    logs,
    secrets_manager,
)

CASES = (
    *apigateway.CASES,
    *apigateway_methods.CASES,
    *apigateway_stages.CASES,
    *ec2.CASES,
    *cloudwatch.CASES,
    *dynamodb.CASES,
    *iam.CASES,
    *lambda_.CASES,
    *logs.CASES,
    *secrets_manager.CASES,
)
