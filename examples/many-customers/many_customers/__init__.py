"""One identity that manages Exchange Online in the tenants of many customers."""
