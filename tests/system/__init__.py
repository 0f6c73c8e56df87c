"""Tests of the whole: real engine, real archives, real HTTP."""
