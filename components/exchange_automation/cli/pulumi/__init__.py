"""What the commands know of the Pulumi engine: stacks, their states, and previews."""
