"""Faults: the requests that they affect, and the answers of the service."""
