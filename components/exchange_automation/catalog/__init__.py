"""Facts without behaviour: app roles, directory roles, Azure roles, clouds, module versions, the form of resource ids.

Every table names its source. Nothing here imports an SDK, so the command line tool reads it too.
"""
