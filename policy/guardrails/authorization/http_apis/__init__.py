"""HTTP and WebSocket APIs whose parts are declared as resources: routes, what API Gateway makes by itself, CORS."""
