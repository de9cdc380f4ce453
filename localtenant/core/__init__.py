"""What every part of the tenant may use: the clock, identifiers, errors, requests and responses. No state, no HTTP
library.
"""
