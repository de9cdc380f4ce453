"""The package as a Pulumi plugin, for programs in every Pulumi language: the provider and its schema."""
