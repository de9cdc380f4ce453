"""What the components cost, measured against programs that create the same resources without them.

``python -m benchmarks`` (``make bench``) runs both programs in turn on the real engine and a local tenant. Nothing outside
this folder imports it.
"""
