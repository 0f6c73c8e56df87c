"""Tests of commands that are interrupted, killed or in the way of something: one stack that is broken and repaired."""
