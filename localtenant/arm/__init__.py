"""Azure Resource Manager: the dispatcher, the base of all resource types, and one package for each resource provider."""
