"""REST APIs whose parts are declared as resources: methods, authorizers, preflights, and what a stage serves of them."""
