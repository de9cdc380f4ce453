"""Microsoft.Storage: accounts, keys, signatures and containers. The blobs themselves are in ``localtenant.storage``."""
