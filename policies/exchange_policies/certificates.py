"""The rule about the lifetime of certificates with which somebody can sign in as an application."""

import base64
from collections.abc import Iterator
from datetime import timedelta

from cryptography import x509
from pulumi_policy import ResourceValidationArgs

from .reading import is_entra, value
from .rule import Configuration, ResourceRule, Violation

DEFAULT_DAYS = 398
"""Thirteen months: a year, and a month to install the next certificate beside the old one."""


def _lifetime(resource: ResourceValidationArgs, configuration: Configuration) -> Iterator[Violation]:
    if not is_entra(resource.resource_type, "ApplicationCertificate", "ServicePrincipalCertificate"):
        return
    text = value(resource.props, "value")
    if not isinstance(text, str):
        return
    try:
        parsed = _parsed(text, value(resource.props, "encoding"))
    except ValueError:
        return  # Entra ID refuses such a certificate.
    days = configuration["days"]
    lifetime = parsed.not_valid_after_utc - parsed.not_valid_before_utc
    if lifetime > timedelta(days=days):
        yield Violation(
            f'The certificate "{resource.name}" is valid for {lifetime.days} days, more than {days}',
            f"somebody who copies its private key can sign in until {parsed.not_valid_after_utc:%Y-%m-%d}",
        )


def _parsed(text: str, encoding: object) -> x509.Certificate:
    if encoding == "base64":
        return x509.load_der_x509_certificate(base64.b64decode(text))
    if encoding == "hex":
        return x509.load_der_x509_certificate(bytes.fromhex(text))
    return x509.load_pem_x509_certificate(text.encode())


CERTIFICATE_LIFETIME = ResourceRule(
    name="certificate-lifetime",
    statement="A certificate of an application is valid for a limited time.",
    remedy="Create a certificate for a shorter time, or use a federated credential, which has no key.",
    options={
        "days": {
            "type": "integer",
            "minimum": 1,
            "default": DEFAULT_DAYS,
            "description": "The longest lifetime of a certificate, in days.",
        }
    },
    check=_lifetime,
)
