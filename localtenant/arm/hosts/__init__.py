"""Hosts that run code as a managed identity."""
