"""Authorizers whose decisions are kept: what a decision is kept under, and what must be in the key.

authorizers         one authorizer, whether a resource or an OpenAPI body declares it
sources             identity sources and whether they tell callers apart
rest, http          the rules on decisions
token_expressions   the rule on identityValidationExpression
"""
