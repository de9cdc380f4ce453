"""The command ``webhook-address``: a new address for a webhook of an automation account."""
