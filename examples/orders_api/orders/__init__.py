"""The backend of the orders API, a function of its own."""
