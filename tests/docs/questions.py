"""Thirty questions of three readers, written before the pages that answer them.

``words`` is what the reader types into the site's search. ``answer`` is a pattern that the text of the page with the answer
matches; a question without such a page has no answer.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """A question with the words that its reader searches for and the pattern that an answer matches."""

    asks: str
    words: str
    answer: str


PLATFORM_ENGINEER = (
    Question(
        "What do I install, and which files does an empty directory need?",
        "install",
        r"virtualenv: |requirements\.txt.{0,400}Pulumi\.yaml",
    ),
    Question(
        "Does the resource group have to exist?",
        "resource group",
        r"program creates the (resource )?group|ResourceGroupNotFound",
    ),
    Question(
        "Which permissions does the pipeline's identity need?",
        "permissions",
        r"AppRoleAssignment\.ReadWrite\.All.{0,300}RoleManagement\.ReadWrite\.Directory",
    ),
    Question("Which domain is the organization?", "organization", r"initial domain.{0,600}custom\s+domain"),
    Question("How do I test my own program without Azure?", "testing", r"[Tt]est your own program"),
    Question(
        "How do I lock the account and send its logs somewhere?",
        "diagnostics",
        r"workspace_id.{0,3000}lock|lock.{0,3000}workspace_id",
    ),
    Question("What does it cost?", "cost", r"\bcosts?\b.{0,400}(€|EUR|USD|\$|free|minutes? of job)"),
    Question("How do I move to another version of the Exchange module?", "module version", r"prepared_pins"),
    Question(
        "A deployment failed half-way. What do I do?",
        "failed",
        r"failed half-?\s?way.{0,400}[Rr]un it again|half-way.{0,400}adopt",
    ),
    Question(
        "How do I use it from TypeScript or YAML?",
        "typescript",
        r"packages:.{0,2000}typescript|[Tt]ype[Ss]cript.{0,3000}packages:",
    ),
)

EXCHANGE_ADMINISTRATOR = (
    Question(
        "How do I start a runbook by hand and read its output?",
        "start runbook",
        r"(az automation runbook start|Start-AzAutomationRunbook)",
    ),
    Question(
        "How do I call Microsoft Graph in the same runbook?", "graph", r"IDENTITY_ENDPOINT.{0,2000}Invoke-RestMethod"
    ),
    Question("What is a stack, a preview, a state?", "stack", r"[Gg]lossary.{0,4000}\bstate\b"),
    Question("How do I limit the identity to some mailboxes?", "management scope", r"New-ManagementScope"),
    Question(
        "Which role is enough to convert mailboxes?",
        "role",
        r"Exchange Recipient Administrator.{0,200}(mailbox|recipient)",
    ),
    Question("How does a runbook run every morning at 06:30 in Berlin?", "schedule", r"Europe/Berlin"),
    Question("Which cmdlets do not work without a person?", "cmdlets", r"New-UnifiedGroup"),
    Question(
        'What does "The role assigned to application isn\'t supported" mean?',
        "role assigned to application isn't supported",
        r"isn't supported in this scenario",
    ),
    Question(
        "How does a runbook get a parameter or a password?", "credential", r"Get-AutomationPSCredential|\"credentials\""
    ),
    Question(
        "How do I sign in with a certificate?",
        "certificate",
        r"BEGIN CERTIFICATE|certificate.{0,300}ExchangeApplication|ExchangeApplication.{0,600}certificate",
    ),
)

SECURITY_REVIEWER = (
    Question("Who can become Exchange administrator through this?", "who can", r"[Ww]ho can become"),
    Question(
        "What is the default role, and why?",
        "default role",
        r"default.{0,200}Exchange Administrator.{0,600}(because|so that|why)",
    ),
    Question("Which secrets are in the state?", "secrets state", r"secrets?.{0,200}in\s+(the|its)\s+state"),
    Question(
        "Why is there a storage account with shared keys?",
        "shared keys",
        r"shared keys?.{0,800}storage account|storage account.{0,800}shared keys?",
    ),
    Question("How do I cut access now?", "cut access", r"[Cc]utting access now"),
    Question(
        "Has it ever run in real Azure?",
        "real azure",
        r"(never|not)\s+(yet\s+)?(been\s+)?run\s+in\s+(a\s+)?real\s+Azure",
    ),
    Question("Who holds access to Exchange Online today?", "audit", r"report --"),
    Question(
        "How do the grants stay away from the pipeline that edits runbooks?",
        "separation of duties",
        r"[Ss]eparation of duties",
    ),
    Question("How do I report a vulnerability?", "vulnerability", r"[Rr]eport.{0,80}vulnerabilit"),
    Question(
        "Does Conditional Access apply to the identity?",
        "conditional access",
        r"Conditional Access\s+(does not|never)\s+covers?",
    ),
)

READERS = {
    "platform engineer": PLATFORM_ENGINEER,
    "Exchange administrator": EXCHANGE_ADMINISTRATOR,
    "security reviewer": SECURITY_REVIEWER,
}
