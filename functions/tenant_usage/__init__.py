"""What tenants use: every request is counted exactly once, and refused above the tenant's rate, in one table update.

Deliberately not here: quotas by the month, prices, and tiers. What is counted can be read for all of them.
"""
