"""What the Makefile calls: the virtual environment, the Pulumi engine, the checks. No part of the distribution."""
