"""Microsoft Graph: the dispatcher, OData query options, and one module for each family of objects."""
