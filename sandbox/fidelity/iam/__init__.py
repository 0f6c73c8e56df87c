"""Who may do what, as IAM and STS decide it on AWS: condition keys, policy variables, sessions. See the modules."""

IAM_MODULES: tuple[str, ...] = (
    "iam.named_actions",
    "iam.dynamodb_requests",
    "iam.policy_variables",
    "iam.role_sessions",
)
