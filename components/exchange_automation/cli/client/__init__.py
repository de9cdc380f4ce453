"""The client of Microsoft Graph and Azure Resource Manager that the commands share: sign-in, requests, endpoints."""
