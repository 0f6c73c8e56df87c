"""Pulumi component resources of Gatehouse; the only place that imports pulumi_aws."""
