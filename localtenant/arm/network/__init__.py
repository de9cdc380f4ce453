"""Microsoft.Network: virtual networks, private DNS zones and private endpoints."""
