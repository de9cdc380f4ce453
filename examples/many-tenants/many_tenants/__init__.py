"""One stack per Microsoft 365 tenant, deployed by the Automation API with bounded parallelism."""
