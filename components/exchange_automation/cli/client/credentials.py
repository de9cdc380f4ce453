"""Sign-in with the environment that the azuread and azure-native providers use.

Where ``ARM_*`` variables are set, this module creates the azure-identity credential that they describe, because
azure-identity does not read them. Otherwise it uses azure-identity's default chain (``AZURE_*``, workload identity, managed
identity, Azure CLI and so on). No message contains a secret, a token or an assertion.

Sources: "Authentication" of the Pulumi providers azure-native and azuread; azure-identity's reference.
"""

import base64
import binascii
import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from exchange_automation.cli.documents import Record, read_file
from exchange_automation.core.problems import Problem

from .endpoints import Endpoints

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

FEDERATED_AUDIENCE = "api://AzureADTokenExchange"
_LONGEST_CHAIN = 20
"""Errors behind an error that are looked at."""
_LARGEST_TOKEN = 2**20
_NETWORK = "Check the network and the proxy variables (HTTPS_PROXY, NO_PROXY)."
TRUE = {"1", "t", "true", "yes"}


@dataclass(frozen=True)
class SignIn:
    """A way to sign in.

    Attributes:
        method: The name for messages, such as "client secret (ARM_CLIENT_SECRET)".
        tenant_id: The tenant that the environment names. Empty where the credential decides.
        credential: The credential of azure-identity.
    """

    method: str
    tenant_id: str
    credential: "TokenCredential" = field(repr=False)

    def token(self, scope: str) -> "AccessToken":
        """Returns an access token. Blocks, so call it in a thread.

        Raises:
            Problem: The sign-in failed. The message names the method and the reason.
        """
        from azure.core.exceptions import AzureError, ClientAuthenticationError  # noqa: PLC0415  (slow to import)

        try:
            text = self.credential.get_token(scope).token
        except AzureError as failure:
            if isinstance(failure, ClientAuthenticationError) and not _is_of_network(failure):
                raise Problem(
                    "EXA401",
                    f"Sign-in with {self.method} failed: {_first_lines(failure.message)}",
                    remedy=_remedy(failure.message),
                ) from None
            raise Problem(
                "EXA402",
                f"Sign-in with {self.method} could not reach {urlsplit(scope).netloc or 'the sign-in host'}'s authority: "
                f"{_first_lines(failure.message)}",
                remedy=_NETWORK,
            ) from None
        except Exception as failure:  # noqa: BLE001  (azure-identity passes on the errors of the libraries below it)
            raise Problem(
                "EXA401",
                f"Sign-in with {self.method} failed: {_first_lines(str(failure) or type(failure).__name__)}",
                remedy="Check the values of the variables that this method reads.",
            ) from None
        return AccessToken(text)

    def late(self, scope: str, seconds: float) -> Problem:
        """Returns the problem of a sign-in that takes too long."""
        return Problem(
            "EXA402",
            f"Sign-in with {self.method} got no token for {urlsplit(scope).netloc or 'the service'} within {seconds:.0f} seconds",
            remedy=_NETWORK,
        )


def _is_of_network(failure: BaseException) -> bool:
    """Whether a failed connection is behind a failure, which azure-identity reports as a refused sign-in."""
    cause: BaseException | None = failure
    for _ in range(_LONGEST_CHAIN):
        if cause is None:
            return False
        if isinstance(cause, OSError) or type(cause).__name__ == "ServiceRequestError":
            return True
        cause = cause.__cause__ or cause.__context__
    return False


@dataclass(frozen=True)
class AccessToken:
    """An access token and its claims. The text appears in no representation."""

    text: str = field(repr=False)

    @property
    def claims(self) -> Record:
        """The claims of the token, which the commands print and only the service checks. Empty for an opaque token."""
        parts = self.text.split(".")
        decoded: Any = None
        if len(parts) == 3:
            with contextlib.suppress(ValueError, RecursionError):
                decoded = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return Record(decoded if isinstance(decoded, dict) else {}, _unreadable_token)


def _unreadable_token(what: str) -> Problem:
    return Problem(
        "EXA418",
        f"The access token cannot be read: its claim {what}",
        remedy="Check ARM_METADATA_HOSTNAME and what is between this machine and the sign-in host.",
    )


def sign_in(environment: Mapping[str, str], endpoints: Endpoints) -> SignIn:
    """Returns the way to sign in that the environment describes.

    The order is that of the providers: certificate, secret, OIDC, managed identity, azure-identity's default chain.

    Raises:
        Problem: The environment describes a way to sign in, but leaves out a part of it or gives it a wrong form.
    """
    try:
        return _sign_in(environment, endpoints)
    except ValueError as failure:
        # The constructors of azure-identity check the form of tenant and client id.
        raise Problem(
            "EXA403",
            f"The variables that describe the sign-in cannot be used: {_first_lines(str(failure))}",
            remedy="Give the ids of the tenant and of the application in ARM_TENANT_ID and ARM_CLIENT_ID, or in AZURE_TENANT_ID "
            "and AZURE_CLIENT_ID.",
        ) from None


def _sign_in(environment: Mapping[str, str], endpoints: Endpoints) -> SignIn:
    tenant = environment.get("ARM_TENANT_ID", "").strip()
    client = _text_or_file(environment, "ARM_CLIENT_ID")
    options: dict[str, Any] = {"authority": endpoints.login}
    if endpoints.custom or _is_true(environment, "ARM_DISABLE_INSTANCE_DISCOVERY"):
        options["disable_instance_discovery"] = True
    trust = trusted_authorities(environment)
    if trust is not None:
        options["connection_verify"] = trust
    for build in (_certificate, _secret, _federated):
        found = build(environment, tenant, client, options)
        if found is not None:
            return found
    from azure.identity import DefaultAzureCredential, ManagedIdentityCredential  # noqa: PLC0415  (slow to import)

    if _is_true(environment, "ARM_USE_MSI"):
        identity = ManagedIdentityCredential(client_id=client or None)
        return SignIn("managed identity (ARM_USE_MSI)", tenant, identity)
    return SignIn("azure-identity's default chain", tenant, DefaultAzureCredential(**options))


def trusted_authorities(environment: Mapping[str, str]) -> str | None:
    """Returns the file of certificate authorities that the environment names; the providers' variable comes first.

    Raises:
        Problem: The file does not exist.
    """
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        path = environment.get(name)
        if path:
            if not Path(path).is_file():
                raise Problem(
                    "EXA408",
                    f"{name} is {path}, and there is no such file",
                    "no connection could be trusted",
                    "Give the path of the file, or remove the variable.",
                )
            return path
    return None


def _certificate(environment: Mapping[str, str], tenant: str, client: str, options: dict[str, Any]) -> SignIn | None:
    path = environment.get("ARM_CLIENT_CERTIFICATE_PATH")
    inline = environment.get("ARM_CLIENT_CERTIFICATE")
    if not path and not inline:
        return None
    _require("a client certificate", tenant, client)
    source = "ARM_CLIENT_CERTIFICATE_PATH" if path else "ARM_CLIENT_CERTIFICATE"
    from azure.identity import CertificateCredential  # noqa: PLC0415  (slow to import)

    try:
        data = Path(path).read_bytes() if path else base64.b64decode(inline or "", validate=True)
    except (OSError, binascii.Error) as failure:
        why = failure.strerror if isinstance(failure, OSError) else "it is not base64"
        raise Problem(
            "EXA404",
            f"The client certificate that {source} names cannot be read: {why}",
            remedy="Give the path of a file in ARM_CLIENT_CERTIFICATE_PATH, or the file in base64 in ARM_CLIENT_CERTIFICATE.",
        ) from None
    password = environment.get("ARM_CLIENT_CERTIFICATE_PASSWORD") or None
    try:
        credential = CertificateCredential(tenant, client, certificate_data=data, password=password, **options)
    except ValueError:
        raise Problem(
            "EXA404",
            f"The client certificate that {source} names cannot be opened: it is neither PEM with its private key nor "
            "PKCS #12, or the password is wrong",
            remedy="Give a file with certificate and private key, and its password in ARM_CLIENT_CERTIFICATE_PASSWORD.",
        ) from None
    return SignIn(f"client certificate ({source})", tenant, credential)


def _secret(environment: Mapping[str, str], tenant: str, client: str, options: dict[str, Any]) -> SignIn | None:
    secret = _text_or_file(environment, "ARM_CLIENT_SECRET")
    if not secret:
        return None
    _require("a client secret", tenant, client)
    from azure.identity import ClientSecretCredential  # noqa: PLC0415  (slow to import)

    return SignIn(
        "client secret (ARM_CLIENT_SECRET)", tenant, ClientSecretCredential(tenant, client, secret, **options)
    )


def _federated(environment: Mapping[str, str], tenant: str, client: str, options: dict[str, Any]) -> SignIn | None:
    if not _is_true(environment, "ARM_USE_OIDC") and not _is_true(environment, "ARM_USE_AKS_WORKLOAD_IDENTITY"):
        return None
    client = client or environment.get("AZURE_CLIENT_ID", "")
    tenant = tenant or environment.get("AZURE_TENANT_ID", "")
    _require("OIDC", tenant, client)
    from azure.identity import AzurePipelinesCredential, ClientAssertionCredential  # noqa: PLC0415  (slow to import)

    assertion, source = _assertion(environment)
    if assertion is not None:
        credential = ClientAssertionCredential(tenant, client, assertion, **options)
        return SignIn(f"OIDC ({source})", tenant, credential)
    connection = environment.get("ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID") or environment.get(
        "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID"
    )
    if connection and environment.get("SYSTEM_ACCESSTOKEN") and environment.get("SYSTEM_OIDCREQUESTURI"):
        pipelines = AzurePipelinesCredential(
            tenant_id=tenant,
            client_id=client,
            service_connection_id=connection,
            system_access_token=environment["SYSTEM_ACCESSTOKEN"],
            **options,
        )
        return SignIn("OIDC (Azure Pipelines service connection)", tenant, pipelines)
    raise Problem(
        "EXA405",
        "ARM_USE_OIDC is set, but no variable names the source of the job's token",
        "the command could not sign in",
        "Set ARM_OIDC_TOKEN, ARM_OIDC_TOKEN_FILE_PATH, or ARM_OIDC_REQUEST_URL with ARM_OIDC_REQUEST_TOKEN. GitHub "
        "Actions sets ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN for a job with the permission "
        "id-token: write.",
    )


def _assertion(environment: Mapping[str, str]) -> tuple[Callable[[], str] | None, str]:
    given = environment.get("ARM_OIDC_TOKEN")
    if given:
        return (lambda: given), "ARM_OIDC_TOKEN"
    for name in ("ARM_OIDC_TOKEN_FILE_PATH", "AZURE_FEDERATED_TOKEN_FILE"):
        path = environment.get(name)
        if path:
            return partial(_read_token, name, path), name
    for url_name, token_name in (
        ("ARM_OIDC_REQUEST_URL", "ARM_OIDC_REQUEST_TOKEN"),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
    ):
        url, bearer = environment.get(url_name), environment.get(token_name)
        if url and bearer:
            return partial(_request_token, environment, url_name, url, bearer), url_name
    return None, ""


def _read_token(name: str, path: str) -> str:
    try:
        return read_file(Path(path)).strip()
    except (OSError, ValueError) as failure:
        why = (failure.strerror or type(failure).__name__) if isinstance(failure, OSError) else "it is not text"
        raise Problem(
            "EXA405",
            f"The file that {name} names cannot be read: {why}",
            remedy="Give the path of a text file that exists.",
        ) from None


def _request_token(environment: Mapping[str, str], name: str, url: str, bearer: str) -> str:
    """Requests a token of this job from the CI service, in the way of GitHub Actions."""
    import httpx  # noqa: PLC0415  (slow to import)

    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    query.setdefault("audience", environment.get("ARM_OIDC_AUDIENCE") or FEDERATED_AUDIENCE)
    address = urlunsplit(parts._replace(query=urlencode(query)))
    remedy = f"Check {name} and the variable of its token. Both are valid for one job only."
    try:
        with httpx.stream("GET", address, headers={"Authorization": f"Bearer {bearer}"}, timeout=30.0) as answer:
            text = _limited(answer.iter_bytes())
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as failure:
        raise Problem(
            "EXA405",
            f"The CI service at {parts.netloc} could not be reached for the token of this job: {type(failure).__name__}",
            remedy=remedy,
        ) from None
    if answer.status_code != 200:
        raise Problem(
            "EXA405",
            f"The CI service at {parts.netloc} refused a token for this job with status {answer.status_code}",
            remedy=remedy,
        )
    try:
        return str(json.loads(text)["value"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Problem("EXA405", f"The CI service at {parts.netloc} answered without a token", remedy=remedy) from None


def _limited(chunks: Iterator[bytes]) -> bytes:
    """Returns the first bytes of an answer, which is not read beyond the size of any token."""
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > _LARGEST_TOKEN:
            break
    return bytes(body[:_LARGEST_TOKEN])


def _require(method: str, tenant: str, client: str) -> None:
    missing = [name for name, value in (("ARM_TENANT_ID", tenant), ("ARM_CLIENT_ID", client)) if not value]
    if missing:
        raise Problem(
            "EXA403",
            f"The environment describes a sign-in with {method}, but {' and '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} not set",
            "the command could not sign in",
            f"Set {' and '.join(missing)}.",
        )


def _text_or_file(environment: Mapping[str, str], name: str) -> str:
    text = environment.get(name, "").strip()
    path = environment.get(f"{name}_FILE_PATH")
    if text or not path:
        return text
    return _read_token(f"{name}_FILE_PATH", path)


def _is_true(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").strip().lower() in TRUE


def _first_lines(text: str) -> str:
    """Returns the service's own sentence, without trace ids and without the list of all attempts of a chain."""
    line = text.strip().split("\n", 1)[0].split(" Trace ID:", 1)[0].strip()
    return line if line.endswith((".", "!", "?")) else f"{line}."


def _remedy(text: str) -> str:
    for sign, remedy in _REMEDIES:
        if sign in text:
            return remedy
    return (
        "Set ARM_TENANT_ID and ARM_CLIENT_ID with ARM_CLIENT_SECRET, ARM_CLIENT_CERTIFICATE_PATH or ARM_USE_OIDC, as for "
        "the providers, or sign in with: az login."
    )


_REMEDIES = (
    ("AADSTS7000215", "Give the value of a current secret in ARM_CLIENT_SECRET, not its id."),
    ("AADSTS7000222", "The secret has expired: create a new one and set ARM_CLIENT_SECRET."),
    ("AADSTS700016", "Check ARM_CLIENT_ID and ARM_TENANT_ID: this tenant has no such application."),
    ("AADSTS700027", "Add the public certificate to the application, or sign in with a certificate that it has."),
    ("AADSTS700024", "The job's token has expired: request it in the step that uses it."),
    ("AADSTS700213", "Add a federated credential to the application whose issuer and subject are those of this job."),
    ("AADSTS90002", "Check ARM_TENANT_ID, and ARM_ENVIRONMENT for a national cloud."),
)
