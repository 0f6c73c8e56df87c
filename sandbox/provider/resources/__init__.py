"""The tables: one file per AWS service, each with a `RESOURCE_TYPES` tuple that `registry.py` collects."""
