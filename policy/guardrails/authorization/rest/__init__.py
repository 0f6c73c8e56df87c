"""REST APIs whose parts are declared as resources: methods, authorizers, preflights, deployments."""
