"""Starts the plugin: ``pulumi package add`` of this folder gives every Pulumi language the components."""

from exchange_automation.plugin.provider import serve

if __name__ == "__main__":
    serve()
