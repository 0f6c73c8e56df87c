# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUntypedFunctionDecorator=false, reportUnknownParameterType=false
"""The peer for RS256: as the one for HS256, with the issuer's key set from KEYS_URL, through PyJWT's own client.

It reads no secret, as ours does not: the keys are public.
"""

import os
from typing import Any

import jwt
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes import event_source
from aws_lambda_powertools.utilities.data_classes.api_gateway_authorizer_event import (
    APIGatewayAuthorizerResponse,
    APIGatewayAuthorizerTokenEvent,
)

ISSUER = os.environ["TOKEN_ISSUER"]
AUDIENCE = os.environ["TOKEN_AUDIENCE"]

logger = Logger(service="peer")
metrics = Metrics(namespace="Peer", service="peer")
keys = jwt.PyJWKClient(os.environ["KEYS_URL"])


@metrics.log_metrics
@event_source(data_class=APIGatewayAuthorizerTokenEvent)
def handle(event: Any, context: object) -> dict[str, Any]:  # noqa: ARG001 -- Lambda's signature
    """Decide on one TOKEN event."""
    token = event.authorization_token.removeprefix("Bearer ")
    try:
        key = keys.get_signing_key_from_jwt(token)
        claims = jwt.decode(token, key, algorithms=["RS256"], issuer=ISSUER, audience=AUDIENCE)
    except (jwt.InvalidTokenError, jwt.PyJWKClientError) as error:
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
