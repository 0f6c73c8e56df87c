"""The web ACL in front of a user pool's public endpoints: bad reputation is refused, and who asks too often.

Deliberately two rules only: those that look at bodies and headers of web pages have nothing to look at in a token
request, and each rule is paid for (https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-waf.html).
"""

from __future__ import annotations  # names of pulumi_aws in signatures load a whole service's module when evaluated

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.client_credentials_settings import WebAclSettings

REPUTATION_RULES = "AWSManagedRulesAmazonIpReputationList"


def protect_pool(
    name: str,
    settings: WebAclSettings,
    *,
    pool_arn: pulumi.Input[str],
    tags: Mapping[str, str],
    parent: pulumi.Resource,
) -> aws.wafv2.WebAcl:
    """Make `<name>-web-acl` and put it in front of the pool."""
    child = pulumi.ResourceOptions(parent=parent)
    acl = aws.wafv2.WebAcl(
        f"{name}-web-acl",
        description="In front of the token endpoint",
        scope="REGIONAL",
        default_action=aws.wafv2.WebAclDefaultActionArgs(allow=aws.wafv2.WebAclDefaultActionAllowArgs()),
        rules=[_reputation(name), _rate(name, settings.requests_per_five_minutes)],
        visibility_config=_visible(f"{name}-web-acl"),
        tags=tags,
        opts=child,
    )
    aws.wafv2.WebAclAssociation(f"{name}-web-acl-association", web_acl_arn=acl.arn, resource_arn=pool_arn, opts=child)
    return acl


def _reputation(name: str) -> aws.wafv2.WebAclRuleArgs:
    return aws.wafv2.WebAclRuleArgs(
        name="reputation",
        priority=0,
        override_action=aws.wafv2.WebAclRuleOverrideActionArgs(none=aws.wafv2.WebAclRuleOverrideActionNoneArgs()),
        statement=aws.wafv2.WebAclRuleStatementArgs(
            managed_rule_group_statement=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs(
                name=REPUTATION_RULES, vendor_name="AWS"
            )
        ),
        visibility_config=_visible_rule(f"{name}-reputation"),
    )


def _rate(name: str, limit: int) -> aws.wafv2.WebAclRuleArgs:
    return aws.wafv2.WebAclRuleArgs(
        name="rate",
        priority=1,
        action=aws.wafv2.WebAclRuleActionArgs(block=aws.wafv2.WebAclRuleActionBlockArgs()),
        statement=aws.wafv2.WebAclRuleStatementArgs(
            rate_based_statement=aws.wafv2.WebAclRuleStatementRateBasedStatementArgs(
                limit=limit, aggregate_key_type="IP"
            )
        ),
        visibility_config=_visible_rule(f"{name}-rate"),
    )


def _visible(metric: str) -> aws.wafv2.WebAclVisibilityConfigArgs:
    # Samples hold whole requests, the Authorization header of a token request among them.
    return aws.wafv2.WebAclVisibilityConfigArgs(
        cloudwatch_metrics_enabled=True, metric_name=metric, sampled_requests_enabled=False
    )


def _visible_rule(metric: str) -> aws.wafv2.WebAclRuleVisibilityConfigArgs:
    return aws.wafv2.WebAclRuleVisibilityConfigArgs(
        cloudwatch_metrics_enabled=True, metric_name=metric, sampled_requests_enabled=False
    )
