"""What the tenant holds: directories, resources and the seed they start with. No HTTP, and no clock of its own."""
