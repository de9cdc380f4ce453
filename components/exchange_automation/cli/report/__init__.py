"""The command ``report``: who holds Exchange Online, which stack manages it, and what looks wrong."""
