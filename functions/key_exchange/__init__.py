"""The function behind `POST /auth`: an API key for a token that lives an hour. `key_exchange.handler.handle`.

Its authorizer's chain (`chains/key_exchange`) has the first word on every request; this package has the last.
"""
