"""The server: TLS on the loopback interface, the way of a request to its API, the admin API and the request log."""
