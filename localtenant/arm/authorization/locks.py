"""Microsoft.Authorization: locks.

Behaviour from the REST specification of Microsoft.Authorization, locks 2020-05-01.
"""

from __future__ import annotations

from localtenant.arm.resource_types import ArmRequest, ResourceType, properties_of
from localtenant.core.errors import ServiceError
from localtenant.state.store import Body


class Lock(ResourceType):
    name = "Microsoft.Authorization/locks"
    api_versions = ("2016-09-01", "2017-04-01", "2020-05-01")

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        wanted = properties_of(arm.json())
        if wanted.get("level") not in ("CanNotDelete", "ReadOnly"):
            raise ServiceError(400, "InvalidLockLevel", f"The lock level '{wanted.get('level')}' is not valid.")
        return self.envelope(arm, stored, {}, {"level": wanted["level"], "notes": wanted.get("notes")})
