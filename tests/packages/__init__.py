"""Tests of the archives as they are deployed."""
