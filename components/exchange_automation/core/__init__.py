"""What every subject shares: errors, checks of arguments, functions of the providers, outputs, names.

Nothing here knows a component. A helper that only one subject needs belongs to that subject.
"""
