"""The state of the tenant: directories, resources, and the seed of both. It knows neither HTTP nor a clock of its own."""
