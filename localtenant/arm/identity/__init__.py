"""Microsoft.ManagedIdentity: user-assigned identities and the view of a resource's own identity."""
