"""Emulated providers for the Pulumi resource plugins ``azuread`` and ``azure-native``.

Each speaks the engine's provider protocol on one side and the tenant's HTTPS on the other, with the requests, retries,
missing retries and error texts of the plugin it stands in for, so that the real one can take its place at any time.
They know a few types only; any other is refused by name.

What is imitated was observed with the real ``azuread`` 6.11.1 and read in the public sources of
``terraform-provider-azuread``, ``pulumi-terraform-bridge`` and ``pulumi-azure-native``.
"""
