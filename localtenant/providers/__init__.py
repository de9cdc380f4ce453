"""Emulated providers for the Pulumi resource plugins ``azuread`` and ``azure-native``.

An emulated provider speaks the engine's provider protocol and sends HTTPS requests to the tenant. Its requests, retries and
error texts are those of the real plugin, and it does not retry where the plugin does not. So the real plugin can replace it
at any time. It knows a few resource types, and refuses every other type by name.

The behaviour was observed with the real ``azuread`` 6.11.1 and read in the public sources of
``terraform-provider-azuread``, ``pulumi-terraform-bridge`` and ``pulumi-azure-native``.
"""
