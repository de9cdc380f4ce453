"""``permissions``: what scripts need in Exchange Online and in Microsoft Graph, and the file beside each that says so."""
