"""The backend of `GET /hello`."""
