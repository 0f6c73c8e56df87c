"""Makes the values of secrets, inside AWS: the rotation function `secret_rotation.handler.handle` of Secrets
Manager."""
