"""Tests of `sandbox.engine`: where the engine comes from, its language host, and how it is run."""
