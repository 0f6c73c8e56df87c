"""The tenant data API of seed 002: each customer's rows, which no other customer can reach.

Who the customer is comes from the verified authorizer context alone. Rows are reached only with a session of the
tenant role that is tagged with that customer, so that IAM refuses every key of anybody else's, whatever this code does.
"""
