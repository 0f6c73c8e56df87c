"""CloudWatch as AWS runs it, where the emulator does not: metrics in logs, alarms on one metric. See the modules."""

CLOUDWATCH_MODULES: tuple[str, ...] = (
    "cloudwatch.embedded_metrics",
    "cloudwatch.alarm_evaluation",
)
