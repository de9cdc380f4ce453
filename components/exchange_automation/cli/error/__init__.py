"""The command ``error``: what a code means and what to do, without a network and without the extra ``cli``."""
