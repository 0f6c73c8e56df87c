"""Tests of the functions: libraries, handlers, chains, and the packages as Lambda gets them."""
