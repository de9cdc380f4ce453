# What the type checker reads in place of the package's own `__init__.py`, which imports all of its three hundred
# modules: that takes mypy 2.5 minutes and 3 GB. The modules named here are still read from the package, so nothing of
# their types is lost. A module that the project starts to use is added here.
from . import authorization as authorization
from . import automation as automation
from . import managedidentity as managedidentity
from . import monitor as monitor
from . import network as network
from . import operationalinsights as operationalinsights
from . import privatedns as privatedns
from . import resources as resources
from . import storage as storage
from .provider import *
