"""Rules for programs that give unattended identities access to Exchange Online.

The pack checks every program, also one that does not use the components, so it shares no code with them.
"""

from .account import LOCAL_AUTHENTICATION, PUBLIC_NETWORK
from .both_grants import BOTH_GRANTS
from .certificates import CERTIFICATE_LIFETIME
from .configuration import refuse_wrong_configuration
from .grants import ALLOWED_ROLES, NO_GLOBAL_ADMINISTRATOR, THROUGH_COMPONENTS
from .identities import NOT_SHARED
from .rule import Rule
from .runbooks import RUNBOOK_TEXT
from .runtime import PINNED_MODULES, SUPPORTED_POWERSHELL

RULES: tuple[Rule, ...] = (
    NO_GLOBAL_ADMINISTRATOR,
    ALLOWED_ROLES,
    THROUGH_COMPONENTS,
    BOTH_GRANTS,
    NOT_SHARED,
    LOCAL_AUTHENTICATION,
    PUBLIC_NETWORK,
    PINNED_MODULES,
    SUPPORTED_POWERSHELL,
    RUNBOOK_TEXT,
    CERTIFICATE_LIFETIME,
)
"""Every rule, in the order of docs/policies.md."""

__all__ = ["RULES", "Rule", "refuse_wrong_configuration"]
