"""Commands of PowerShell itself and of Azure Automation, which need no permission in Exchange Online or Microsoft Graph.

Source: the modules Microsoft.PowerShell.* on learn.microsoft.com/powershell/module, about_Aliases, and "Manage credentials in
Azure Automation" with its sister pages for the assets.
"""

from collections.abc import Mapping

_CMDLETS: Mapping[str, str] = {
    "add": "content history member type",
    "clear": "content history host item itemproperty variable recyclebin",
    "compare": "object",
    "complete": "transaction",
    "convert": "path string",
    "convertfrom": "csv json markdown securestring string stringdata sddlstring",
    "convertto": "csv html json securestring xml",
    "copy": "item itemproperty",
    "debug": "job runspace",
    "disable": "psbreakpoint runspacedebug experimentalfeature",
    "enable": "psbreakpoint runspacedebug experimentalfeature",
    "enter": "pssession pshostprocess",
    "exit": "pssession pshostprocess",
    "expand": "archive",
    "compress": "archive",
    "export": "alias clixml csv formatdata modulemember",
    "find": "module package psresource script",
    "foreach": "object",
    "format": "custom hex list table wide",
    "get": (
        "acl alias authenticodesignature childitem clipboard cmsmessage command computerinfo content culture date error event "
        "eventsubscriber executionpolicy experimentalfeature filehash formatdata help history host item itemproperty "
        "itempropertyvalue job location markdownoption member module psbreakpoint pscallstack psdrive psprovider pssession "
        "pssubsystem process random runspace securerandom service timezone tracesource typedata uiculture unique uptime variable "
        "verb installedmodule psrepository installedpsresource automationcertificate automationconnection "
        "automationpscredential automationvariable"
    ),
    "group": "object",
    "import": "alias clixml csv localizeddata module powershelldatafile",
    "install": "module psresource packageprovider script",
    "invoke": "command expression history item",
    "join": "path string",
    "limit": "eventlog",
    "measure": "command object",
    "move": "item itemproperty",
    "new": (
        "alias event guid item itemproperty module modulemanifest object psdrive psrolecapabilityfile pssession pssessionoption "
        "service temporaryfile timespan variable"
    ),
    "out": "default file gridview host null printer string",
    "pop": "location",
    "push": "location",
    "protect": "cmsmessage",
    "read": "host",
    "receive": "job",
    "register": "argumentcompleter engineevent objectevent psrepository",
    "remove": "alias event item itemproperty job module psbreakpoint psdrive pssession service typedata variable",
    "rename": "item itemproperty computer",
    "resolve": "path",
    "restart": "computer service",
    "resume": "service",
    "save": "help module",
    "select": "object string xml",
    "send": "mailmessage",
    "set": (
        "acl alias automationvariable clipboard content date executionpolicy item itemproperty location markdownoption "
        "psbreakpoint psdebug psrepository service strictmode timezone tracesource variable"
    ),
    "show": "command markdown",
    "sort": "object",
    "split": "path",
    "start": "job process service sleep threadjob transcript",
    "stop": "computer job process service transcript",
    "suspend": "service",
    "switch": "process",
    "tee": "object",
    "test": "connection filecatalog item json modulemanifest path",
    "trace": "command",
    "unblock": "file",
    "uninstall": "module psresource",
    "unprotect": "cmsmessage",
    "unregister": "event psrepository",
    "update": "formatdata help list module typedata",
    "use": "transaction",
    "wait": "debugger event job process",
    "where": "object",
    "write": "debug error host information output progress verbose warning",
}
_ALIASES = (
    "% ? cat cd clc clear cls compare copy cp cpi curl cvpa date del diff dir echo epcsv erase fc fhx fl foreach ft fw gal gc gci "
    "gcm gdr get-variable ghy gi gjb gl gm gmo gp gps group gu gv h history icm iex ihy ii ipcsv ipmo ise iwmi kill ls man measure "
    "mi mkdir more mount move mp mv nal ndr ni nmo nv ogv oh popd ps pushd pwd r rd ren ri rjb rm rmdir rmo rni rnp rp rv rvpa sal "
    "sajb sapal sasv sbp sc select set shcm si sl sleep sls sort sp spjb spps spsv start sv tee type where wjb write"
)

WITHOUT_PERMISSION: frozenset[str] = frozenset(
    f"{verb}-{noun}" for verb, nouns in _CMDLETS.items() for noun in nouns.split()
) | frozenset(_ALIASES.split())
"""Names in lower case."""
