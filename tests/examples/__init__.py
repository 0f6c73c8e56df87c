"""Tests of the examples and of the documentation's code: what a reader copies works."""
