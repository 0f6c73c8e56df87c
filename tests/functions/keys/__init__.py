"""Tests of API keys: the libraries, the functions over fakes, and the chains before them."""
