"""Cognito's trigger `PreTokenGeneration` V3_0: binds access tokens of machines to a certificate, or stops them."""
