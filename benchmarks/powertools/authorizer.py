# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUntypedFunctionDecorator=false, reportUnknownParameterType=false
"""The peer: an HS256 authorizer as people write it with Powertools for AWS Lambda and PyJWT, for the comparison only.

Does what ours does: reads the key of the setting SIGNING_KEY_SECRET_ARN (kept for five minutes), verifies signature,
issuer, audience and expiry, answers with a policy, writes one structured line and one metric per decision. Its
libraries are in the lock beside it and not in this project's environment, hence the suppressions above.
"""

import os
from typing import Any

import jwt
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.data_classes import event_source
from aws_lambda_powertools.utilities.data_classes.api_gateway_authorizer_event import (
    APIGatewayAuthorizerResponse,
    APIGatewayAuthorizerTokenEvent,
)
from jwt.utils import base64url_decode

SECRET_ARN = os.environ["SIGNING_KEY_SECRET_ARN"]
ISSUER = os.environ["TOKEN_ISSUER"]
AUDIENCE = os.environ["TOKEN_AUDIENCE"]

logger = Logger(service="peer")
metrics = Metrics(namespace="Peer", service="peer")


@metrics.log_metrics
@event_source(data_class=APIGatewayAuthorizerTokenEvent)
def handle(event: Any, context: object) -> dict[str, Any]:  # noqa: ARG001 -- Lambda's signature
    """Decide on one TOKEN event."""
    secret: Any = parameters.get_secret(SECRET_ARN, transform="json", max_age=300)
    token = event.authorization_token.removeprefix("Bearer ")
    try:
        claims = jwt.decode(
            token, base64url_decode(secret["key"]), algorithms=["HS256"], issuer=ISSUER, audience=AUDIENCE
        )
    except jwt.InvalidTokenError as error:
        logger.warning("denied", reason=type(error).__name__)
        metrics.add_metric(name="Denied", unit=MetricUnit.Count, value=1)
        raise Exception("Unauthorized") from None
    arn = event.parsed_arn
    response = APIGatewayAuthorizerResponse(
        principal_id=claims["sub"],
        region=arn.region,
        aws_account_id=arn.aws_account_id,
        api_id=arn.api_id,
        stage=arn.stage,
        context={"issuer": claims["iss"], "expires_at": int(claims["exp"])},
    )
    response.allow_all_routes()
    logger.info("allowed", principal_id=claims["sub"], resource=arn.resource)
    metrics.add_metric(name="Allowed", unit=MetricUnit.Count, value=1)
    return response.asdict()
