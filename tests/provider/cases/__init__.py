"""Every case, a module per service."""

from tests.provider.cases import (
    apigateway,
    apigateway_methods,
    apigateway_stages,
    cloudwatch,
    cognito,
    dynamodb,
    ec2,
    ecr,
    iam,
    lambda_,
    lambda_invocation,
    logs,
    secrets_manager,
    ssm,
    wafv2,
)

CASES = (
    *apigateway.CASES,
    *apigateway_methods.CASES,
    *apigateway_stages.CASES,
    *cloudwatch.CASES,
    *cognito.CASES,
    *dynamodb.CASES,
    *ec2.CASES,
    *ecr.CASES,
    *iam.CASES,
    *lambda_.CASES,
    *lambda_invocation.CASES,
    *logs.CASES,
    *secrets_manager.CASES,
    *ssm.CASES,
    *wafv2.CASES,
)
