"""Custom domains that ask for a client certificate, and what must hold of the APIs behind them.

mapped            which APIs answer under which domains
truststores, default_endpoints, certificate_decisions   the rules
"""
