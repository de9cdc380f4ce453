"""The command ``explain``: what a preview does to access, in words. It needs no sign-in."""
