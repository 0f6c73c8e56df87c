"""The published contract of the tenant data API, held against the functions and against itself."""
