"""The runtime environments and packages of one account, decided from the arguments before anything is registered."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, Optional, TypedDict

from typing_extensions import NotRequired

from exchange_automation.catalog import name_rules
from exchange_automation.catalog.aging_facts import DEFAULT_MODULE_VERSION, DEFAULT_POWERSHELL
from exchange_automation.catalog.enumerations import OneOf, PowerShellVersion, PowerShellVersionText
from exchange_automation.catalog.exchange_module import CLASHING, GALLERY, MODULE
from exchange_automation.core.errors import Mistakes
from exchange_automation.core.hashes import SHA256_REMEDY, is_sha256
from exchange_automation.core.naming import name_problem
from exchange_automation.core.validation import plain_flag, plain_list, plain_text
from exchange_automation.runtime.module_versions import package_address, versions_problem

_HTTPS_REMEDY = "Give an https address, or leave it out for the PowerShell Gallery."
_PACKAGE_VERSION = r"[0-9]+(\.[0-9]+){1,3}(-[A-Za-z0-9.]+)?"


class PackageArgs(TypedDict):
    """One more module of a runtime environment."""

    version: str
    """Required. Exact version."""
    uri: NotRequired[str]
    """Optional. https address of the package, which Azure reads without credentials. Default: the address of that
    version in the PowerShell Gallery."""
    sha256: NotRequired[str]
    """Optional. SHA-256 of the package, 64 hexadecimal digits. Azure Automation refuses a package that differs.
    Default: not compared."""


class PinArgs(TypedDict):
    """A PowerShell version and a version of ExchangeOnlineManagement that work together."""

    powershell_version: NotRequired[OneOf[PowerShellVersion, PowerShellVersionText]]
    """Optional. PowerShell version of the runtime environment: "5.1", "7.2", "7.4" or "7.6". Default: the version
    of the runtime environment in use."""
    exchange_module_version: NotRequired[str]
    """Optional. Exact version of the module ExchangeOnlineManagement. Default: the version in the runtime
    environment in use."""
    exchange_module_uri: NotRequired[str]
    """Optional. https address of the module's package, which Azure reads without credentials. Default: the address
    of that version in the PowerShell Gallery."""
    exchange_module_sha256: NotRequired[str]
    """Optional. SHA-256 of the module's package, 64 hexadecimal digits. Azure Automation refuses a package that
    differs. Default: not compared."""


class PlannedPackage(NamedTuple):
    """One package of a runtime environment.

    Attributes:
        name: Name of the module.
        version: Exact version of the module.
        uri: Address that Azure reads the package from.
        sha256: SHA-256 of the package; None where nothing is compared.
    """

    name: str
    version: str
    uri: str
    sha256: Optional[str]

    @property
    def folded(self) -> "PlannedPackage":
        """The package without the letter case that Azure ignores: of its name and of its hash."""
        name, sha256 = self.name.lower(), self.sha256 and self.sha256.lower()
        uri = (
            _gallery_address(name, self.version) if self.uri == _gallery_address(self.name, self.version) else self.uri
        )
        return PlannedPackage(name, self.version, uri, sha256)


def _gallery_address(name: str, version: str) -> str:
    return f"{GALLERY}/{name}/{version}"


class PlannedRuntime(NamedTuple):
    """One runtime environment.

    Attributes:
        powershell_version: The PowerShell version.
        module: The package of ExchangeOnlineManagement.
        extras: The packages beside it.
        prepared: Runtime environments that are created beside this one.
    """

    powershell_version: str
    module: PlannedPackage
    extras: tuple[PlannedPackage, ...] = ()
    prepared: tuple["PlannedRuntime", ...] = ()

    @property
    def packages(self) -> tuple[tuple[str, PlannedPackage], ...]:
        """Every package with the end of its logical name, ExchangeOnlineManagement first."""
        return (("module", self.module), *((extra.name.lower(), extra) for extra in self.extras))

    def _suffix(self, *, spelled: bool) -> str:
        """Returns the end of the names, which differs between runtime environments with different packages.

        A package that changed inside a runtime environment in use would be imported while jobs run.

        Args:
            spelled: Whether the letter case of the packages' names counts, which Azure ignores.
        """
        module, extras = self.module, self.extras
        if not spelled:
            module = module._replace(sha256=module.sha256 and module.sha256.lower())
            extras = tuple(extra.folded for extra in extras)
        elsewhere = module.sha256 is not None or module.uri != package_address(module.version)
        if not extras and not elsewhere:
            return ""
        own = [[module.uri, module.sha256]] if elsewhere else []
        text = json.dumps([*own, *sorted(list(extra) for extra in extras)])
        return f"-{hashlib.sha256(text.encode()).hexdigest()[:8]}"

    @property
    def azure_name(self) -> str:
        """Name of a new runtime environment in Azure. It has no dots, and another version gives another name."""
        versions = f"ExchangeOnline-{self.module.version}-PowerShell-{self.powershell_version}"
        return f"{versions}{self._suffix(spelled=True)}".replace(".", "-")

    @property
    def slug(self) -> str:
        """The end of the logical names, the same for every letter case of the packages' names."""
        return f"{self._versions_slug}{self._suffix(spelled=False)}"

    @property
    def former_slug(self) -> str:
        """The end of the logical names in earlier versions, which changed with the letter case."""
        return f"{self._versions_slug}{self._suffix(spelled=True)}"

    @property
    def _versions_slug(self) -> str:
        return f"ps-{self.powershell_version}-exo-{self.module.version}".lower()

    @property
    def has_fixed_packages(self) -> bool:
        """Whether the logical name contains everything about the packages."""
        return self.slug != self._versions_slug


def plan_runtime(mistakes: Mistakes, args: Mapping[str, Any]) -> PlannedRuntime:
    """Decides the runtime environments from the arguments of a component, whose types are checked.

    Args:
        mistakes: Receives the mistakes.
        args: The arguments of the component.

    Returns:
        The runtime environment in use, with the prepared ones. It is complete only if there was no mistake.
    """
    extras = _planned_extras(mistakes, args)
    current = _planned_pin(mistakes, args, "", (DEFAULT_POWERSHELL, DEFAULT_MODULE_VERSION), extras)
    defaults = (current.powershell_version, current.module.version)
    planned = [current]
    for index, entry in enumerate(plain_list(args, "prepared_pins")):
        where = f"prepared_pins[{index}]"
        pin = _planned_pin(mistakes, entry, f"{where}.", defaults, extras)
        if pin.slug in {runtime.slug for runtime in planned}:
            mistakes.add(
                "EXA191",
                f"{where} is {pin.azure_name}, which the component creates already",
                "nothing would be prepared",
                "Give another exchange_module_version or powershell_version, or remove it.",
            )
        planned.append(pin)
    return current._replace(prepared=tuple(planned[1:]))


def _planned_pin(
    mistakes: Mistakes,
    args: Mapping[str, Any],
    where: str,
    defaults: tuple[str, str],
    extras: tuple[PlannedPackage, ...],
) -> PlannedRuntime:
    powershell = plain_text(args, "powershell_version") or defaults[0]
    version = plain_text(args, "exchange_module_version") or defaults[1]
    if (problem := versions_problem(powershell, version, where)) is not None:
        mistakes.add_problem(problem)
    uri = plain_text(args, "exchange_module_uri")
    sha256 = plain_text(args, "exchange_module_sha256")
    _check_uri(mistakes, f"{where}exchange_module_uri", uri)
    _check_sha256(mistakes, f"{where}exchange_module_sha256", sha256)
    module = PlannedPackage(MODULE, version, uri or package_address(version), sha256)
    return PlannedRuntime(powershell, module, extras)


def _planned_extras(mistakes: Mistakes, args: Mapping[str, Any]) -> tuple[PlannedPackage, ...]:
    given = args.get("extra_packages") or {}
    allowed = plain_flag(args, "allow_clashing_packages")
    planned: dict[str, PlannedPackage] = {}
    for name, entry in sorted(given.items(), key=lambda item: item[0].lower()):
        where = f'extra_packages["{name}"]'
        _check_extra(mistakes, where, name, entry, allowed=allowed)
        if name.lower() in planned:
            mistakes.add(
                "EXA133",
                f"{where} differs from another module in letter case alone",
                "Azure Automation would take the two for one package",
                "Remove one of the two.",
            )
        version = str(entry.get("version"))
        uri = entry.get("uri") or _gallery_address(name, version)
        planned[name.lower()] = PlannedPackage(name, version, str(uri), entry.get("sha256"))
    return tuple(planned.values())


def _check_extra(mistakes: Mistakes, where: str, name: str, entry: Mapping[str, Any], *, allowed: bool) -> None:
    if name.lower() == MODULE.lower():
        mistakes.add(
            "EXA133", f"{where} is the module whose version exchange_module_version gives", "", "Remove it here."
        )
    elif (problem := name_problem("EXA114", where, name, name_rules.PACKAGE)) is not None:
        mistakes.add_problem(problem)
    if not allowed and any(name.lower().startswith(prefix) for prefix in CLASHING):
        mistakes.add(
            "EXA134",
            f"{where} loads assemblies that clash with {MODULE}",
            "one of the two modules fails in every job",
            "Give the module a runtime environment of its own, call Graph with Invoke-RestMethod, or set "
            "allow_clashing_packages.",
        )
    version = entry.get("version")
    if isinstance(version, str) and not re.fullmatch(_PACKAGE_VERSION, version):
        mistakes.add(
            "EXA133",
            f'{where}.version "{version}" is not an exact version',
            "the module could change from one deployment to the next",
            'Give a version such as "1.2.3".',
        )
    _check_uri(mistakes, f"{where}.uri", entry.get("uri"))
    _check_sha256(mistakes, f"{where}.sha256", entry.get("sha256"))


def _check_uri(mistakes: Mistakes, where: str, uri: Any) -> None:
    if uri is not None and not str(uri).lower().startswith("https://"):
        mistakes.add(
            "EXA131",
            f'{where} "{uri}" is not an https address',
            "somebody could replace the module while Azure reads it",
            _HTTPS_REMEDY,
        )


def _check_sha256(mistakes: Mistakes, where: str, sha256: Any) -> None:
    if sha256 is not None and not is_sha256(str(sha256)):
        mistakes.add(
            "EXA132",
            f"{where} is not a SHA-256 in 64 hexadecimal digits",
            "Azure Automation would refuse every package",
            SHA256_REMEDY,
        )
