"""Calls to AWS without an SDK: signatures beside botocore, connections that break, errors by what can be done."""
