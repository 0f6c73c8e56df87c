"""Tests of Gatehouse, a folder per area."""
