"""Failures on request: which requests a fault affects and what the service answers then."""
