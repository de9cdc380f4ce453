"""Microsoft.Automation: accounts, runbooks, schedules, assets, webhooks and runtime environments."""
