"""Every case, a module per service."""

from tests.provider.cases import (
    apigateway,
    apigateway_methods,
    apigateway_stages,
    cloudwatch,
    dynamodb,
    ec2,
    iam,
    lambda_,
    logs,
    secrets_manager,
)

CASES = (
    *apigateway.CASES,
    *apigateway_methods.CASES,
    *apigateway_stages.CASES,
    *cloudwatch.CASES,
    *dynamodb.CASES,
    *ec2.CASES,
    *iam.CASES,
    *lambda_.CASES,
    *logs.CASES,
    *secrets_manager.CASES,
)
