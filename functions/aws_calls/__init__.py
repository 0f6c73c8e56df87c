"""Calls to AWS that cost tens of microseconds: JSON in, JSON out, the caller's credentials given with each call.

    connections  ->  kept-alive HTTPS connections to one endpoint, shared by all credentials
    signature    ->  Signature Version 4 for the one form of request that is sent here
    json_service ->  one call of a service that speaks JSON, and errors by what a caller can do about them
    dynamodb     ->  DynamoDB: its calls and their retries
    own_role     ->  DynamoDB under the function's own role, as one function
    json_apis    ->  Secrets Manager and Cognito's user pools likewise
    transactions ->  DynamoDB: writes that are made together or not at all
    role_sessions    STS AssumeRole with session tags

boto3 spends a millisecond on every call and twenty on parsing a page of 100 rows, and ties credentials to a client
(docs/adr names the figures). It is the judge in the tests: signatures are compared with botocore's byte for byte.

Deliberately not here: other services, other protocols, and credentials from anywhere but the environment of a Lambda
function.
"""
