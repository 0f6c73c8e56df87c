"""Tests of what comes before a deployment to AWS."""
