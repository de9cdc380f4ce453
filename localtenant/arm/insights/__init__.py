"""Microsoft.Insights and Microsoft.OperationalInsights: alerts, diagnostic settings, workspaces."""
