"""What a release is made with: the distribution, its bill of materials, its notes.

``python -m tools.release dist | notes | check``; CONTRIBUTING.md, "Releasing", says in which order.
"""
