"""Tests of the repository itself: its files, its documentation."""
