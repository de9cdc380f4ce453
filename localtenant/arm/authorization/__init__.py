"""Microsoft.Authorization: role assignments and locks."""
