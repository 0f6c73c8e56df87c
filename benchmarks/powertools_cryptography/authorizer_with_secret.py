# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUntypedFunctionDecorator=false, reportUnknownParameterType=false
"""The peer for RS256 where the issuer's key set is in a secret: as the other one, with Powertools' parameters."""

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

SECRET_ARN = os.environ["KEY_SET_SECRET_ARN"]
ISSUER = os.environ["TOKEN_ISSUER"]
AUDIENCE = os.environ["TOKEN_AUDIENCE"]

logger = Logger(service="peer")
metrics = Metrics(namespace="Peer", service="peer")


@metrics.log_metrics
@event_source(data_class=APIGatewayAuthorizerTokenEvent)
def handle(event: Any, context: object) -> dict[str, Any]:  # noqa: ARG001 -- Lambda's signature
    """Decide on one TOKEN event."""
    document: Any = parameters.get_secret(SECRET_ARN, transform="json", max_age=300)
    token = event.authorization_token.removeprefix("Bearer ")
    try:
        key = jwt.PyJWKSet.from_dict(document)[jwt.get_unverified_header(token)["kid"]]
        claims = jwt.decode(token, key, algorithms=["RS256"], issuer=ISSUER, audience=AUDIENCE)
    except (jwt.InvalidTokenError, KeyError) as error:
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
