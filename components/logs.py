"""How long logs are kept. Pure."""

from components.errors import ArgumentError

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip


def check_retention(days: int) -> None:
    """Raises `ArgumentError` for a number of days that CloudWatch Logs does not offer."""
    if days not in RETENTION_DAYS:
        raise ArgumentError(
            f"log_retention_days: {days} is not offered by CloudWatch Logs; "
            f"use one of {', '.join(map(str, RETENTION_DAYS))}."
        )
