"""The rule about how long a certificate lets somebody sign in as an application with access to Exchange Online."""

from collections.abc import Iterator
from datetime import timedelta

from cryptography import x509
from pulumi_policy import ResourceValidationArgs

from .reading import is_entra, value
from .rule import Configuration, ResourceRule

DEFAULT_DAYS = 398
"""Thirteen months: a certificate for a year, and a month in which the next one is installed."""


def _lifetime(resource: ResourceValidationArgs, configuration: Configuration) -> Iterator[str]:
    if not is_entra(resource.resource_type, "ApplicationCertificate", "ServicePrincipalCertificate"):
        return
    text = value(resource.props, "value")
    if not isinstance(text, str) or "BEGIN CERTIFICATE" not in text:
        return
    try:
        parsed = x509.load_pem_x509_certificate(text.encode())
    except ValueError:
        return  # Entra ID refuses it.
    days = configuration["days"]
    lasts = parsed.not_valid_after_utc - parsed.not_valid_before_utc
    if lasts > timedelta(days=days):
        yield (
            f'The certificate "{resource.name}" is valid for {lasts.days} days, more than {days}: whoever copies its key '
            f"signs in until {parsed.not_valid_after_utc:%Y-%m-%d}."
        )


CERTIFICATE_LIFETIME = ResourceRule(
    name="certificate-lifetime",
    statement="A certificate of an application is valid for a limited time.",
    remedy="Create a certificate for a shorter time, or use a federated credential, which has no key.",
    options={
        "days": {
            "type": "integer",
            "minimum": 1,
            "default": DEFAULT_DAYS,
            "description": "The longest time from a certificate's first to its last moment, in days.",
        }
    },
    check=_lifetime,
)
