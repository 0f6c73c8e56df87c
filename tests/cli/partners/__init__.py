"""`ca` and `client` over fakes: what is kept where, what is refused, and that no key is ever printed."""
