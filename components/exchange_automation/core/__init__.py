"""The code that all subjects share: errors, checks of arguments, functions of the providers, outputs, names.

Nothing here knows a component. A helper that only one subject needs belongs to that subject.
"""
