"""The public certificates that an ExchangeApplication signs in with, and their checks.

Sources: "App-only authentication for unattended scripts" on learn.microsoft.com (RSA keys; CNG certificates do not work);
the resource type keyCredential of Microsoft Graph.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any, NamedTuple, Optional, TypedDict

import pulumi

from exchange_automation.core.errors import Mistakes
from exchange_automation.core.naming import name_part
from exchange_automation.core.problems import Problem
from exchange_automation.core.validation import entries, plain, plain_list

SHORTEST_KEY_BITS = 2048

_PEM = r"-----BEGIN CERTIFICATE-----(?P<body>[A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----"
_BARE = r"\s*MII[A-Za-z0-9+/=\s]+"
_OPENSSL = "openssl x509 -in file.pem -out certificate.pem"


class ApplicationCertificateArgs(TypedDict):
    """A certificate that scripts sign in with."""

    name: str
    """Required. Name of the certificate within the application, such as the year of its end. A plain value, because it
    is part of the resource's name. Another certificate gets another name."""
    certificate: pulumi.Input[str]
    """Required. Public certificate: the text of a PEM file, or the cer of Key Vault: the certificate in base64. The
    private key stays where the script runs."""


class Period(NamedTuple):
    """When a certificate is valid.

    Attributes:
        where: The path of the certificate inside the component's arguments.
        begins: The first moment.
        ends: The last moment.
    """

    where: str
    begins: datetime
    ends: datetime


def now() -> datetime:
    """Returns the present moment; tests replace it."""
    return datetime.now(timezone.utc)


def pem_of(certificate: str) -> str:
    """Returns a certificate in PEM form.

    Args:
        certificate: PEM text, or the certificate's DER in base64, as Key Vault gives it.

    Raises:
        ValueError: It is neither.
    """
    if re.search(_PEM, certificate):
        return certificate
    if re.fullmatch(_BARE, certificate) is None:
        raise ValueError("neither a certificate in PEM form nor one in base64")
    body = "".join(certificate.split())
    lines = "\n".join(body[start : start + 64] for start in range(0, len(body), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"


def thumbprint(certificate: str) -> str:
    """Returns the SHA-1 thumbprint of a certificate in upper-case hexadecimal, as Windows certificate stores show it.

    Raises:
        ValueError: It is not a certificate.
    """
    match = re.search(_PEM, pem_of(certificate))
    assert match is not None
    der = base64.b64decode("".join(match["body"].split()), validate=True)
    # It identifies the certificate to Connect-ExchangeOnline. Nothing relies on its strength.
    return hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()


def period(certificate: str) -> tuple[datetime, datetime]:
    """Returns the first and the last moment at which a certificate is valid.

    Raises:
        ValueError: It is not a certificate.
    """
    from cryptography import x509  # noqa: PLC0415  (20 ms that programs without certificates do not spend)

    parsed = x509.load_pem_x509_certificate(pem_of(certificate).encode())
    return parsed.not_valid_before_utc, parsed.not_valid_after_utc


def certificate_problem(certificate: str, where: str = "certificate") -> Optional[Problem]:
    """Returns why an application cannot use a certificate; None when it can. The message does not repeat the certificate.

    Args:
        certificate: The certificate as the user gave it.
        where: The path of the argument.
    """
    if "PRIVATE KEY" in certificate:
        return Problem(
            "EXA140",
            f"{where} holds a private key",
            "the key would reach the state file",
            f"Give the public certificate alone: {_OPENSSL}.",
        )
    try:
        thumbprint(certificate)
        _, ends = period(certificate)
    except (ValueError, binascii.Error):
        return Problem(
            "EXA140",
            f"{where} is not a public certificate in PEM form",
            "the application could not accept it",
            "Give the text that starts with -----BEGIN CERTIFICATE-----, or the certificate's base64 as Key Vault has it.",
        )
    if ends <= now():
        return Problem(
            "EXA173",
            f"{where} expired on {ends:%Y-%m-%d}",
            "nothing could sign in with it",
            "Remove it, or give the certificate that follows it.",
        )
    return _key_problem(certificate, where)


def _key_problem(certificate: str, where: str) -> Optional[Problem]:
    from cryptography import x509  # noqa: PLC0415  (as above)
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    key = x509.load_pem_x509_certificate(pem_of(certificate).encode()).public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        return Problem(
            "EXA174",
            f"{where} has a key that is not RSA",
            "Windows keeps such keys with CNG providers only, and app-only sign-in to Exchange Online does not work with those",
            "Create an RSA certificate, on Windows with -KeySpec KeyExchange and the provider "
            '"Microsoft Enhanced RSA and AES Cryptographic Provider".',
        )
    if key.key_size < SHORTEST_KEY_BITS:
        return Problem(
            "EXA174",
            f"{where} has an RSA key of {key.key_size} bits",
            "somebody can break it and sign in as an Exchange administrator",
            f"Create a certificate with at least {SHORTEST_KEY_BITS} bits.",
        )
    return None


def check_certificates(mistakes: Mistakes, args: Any) -> None:
    """Adds what is wrong with the arguments certificate and certificates.

    Args:
        mistakes: Receives the mistakes.
        args: The checked arguments of the component.
    """
    seen: set[str] = set()
    periods: list[Period] = []
    given = [("certificate", args.get("certificate"))]
    for where, entry in entries("certificates", plain_list(args, "certificates")):
        given.append((f"{where}.certificate", entry.get("certificate")))
        label = name_part(entry.get("name") or "")
        if label and label in seen:
            mistakes.add(
                "EXA142",
                f'{where}.name "{entry.get("name")}" is also the name of another certificate',
                "the resource of the certificate is named after it",
                "Give every certificate a name of its own, such as the year of its end.",
            )
        seen.add(label)
    texts = [(where, plain(value)) for where, value in given if value is not None]
    for where, text in texts:
        if text is None:
            continue
        problem = certificate_problem(text, where)
        if problem is not None:
            mistakes.add_problem(problem)
        else:
            periods.append(Period(where, *period(text)))
    if periods and len(periods) == len(texts) and (gap := gap_problem(periods)) is not None:
        mistakes.add_problem(gap)


def gap_problem(periods: Sequence[Period]) -> Optional[Problem]:
    """Returns the problem of a time without a valid certificate between now and the last end; None without such a time.

    Args:
        periods: The periods of all certificates of an application, of which none has ended.
    """
    covered, before = now(), None
    for following in sorted(periods, key=lambda period: period.begins):
        if following.begins > covered:
            begins = f"{following.begins:%Y-%m-%d %H:%M} UTC"
            if before is None:
                what, consequence = (
                    f"{following.where} is not valid before {begins}",
                    "nothing could sign in until then",
                )
            else:
                what = f"{before.where} ends on {covered:%Y-%m-%d %H:%M} UTC and {following.where} begins on {begins}"
                consequence = "nothing could sign in between the two"
            return Problem("EXA175", what, consequence, "Add a certificate whose period overlaps.")
        if following.ends > covered:
            covered, before = following.ends, following
    return None
