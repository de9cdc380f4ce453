"""The Blob service of the tenant's storage accounts."""
