"""Tests of components/ and of the program, without an engine: what would be registered, once everything has run."""
