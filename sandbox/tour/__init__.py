"""Walks the live system as its callers and its attackers would. It deliberately shares no code with the product:
tokens are made with PyJWT, so that a mistake in our own library cannot hide itself."""
