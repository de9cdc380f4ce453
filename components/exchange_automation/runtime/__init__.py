"""The PowerShell runtime environment and the version of ExchangeOnlineManagement that is pinned in it."""
