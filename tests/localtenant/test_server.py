"""A tenant in a process of its own: TLS, admin APIs, cut connections, held requests, orderly ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import certifi
import httpx
import pytest

from localtenant.http.server import NotLoopbackError, listen
from localtenant.process import LocalTenant, TenantError, wait_until
from tests.localtenant.support import CONTOSO, ROLE_ASSIGNMENTS, Json

ROOT = Path(__file__).resolve().parents[2]
PRINCIPAL = CONTOSO.principal_object_id
ROLE_BODY = {
    "principalId": PRINCIPAL,
    "roleDefinitionId": "29232cdf-9323-42fd-ade2-1d097af3e4de",
    "directoryScopeId": "/",
}


@pytest.fixture
def http(tenant: LocalTenant) -> Iterator[httpx.Client]:
    """A client that is signed in as the deployer."""
    context = ssl.create_default_context(cafile=tenant.environment["SSL_CERT_FILE"])
    with httpx.Client(base_url=tenant.url, verify=context, timeout=20) as client:
        form = {
            "grant_type": "client_credentials",
            "client_id": tenant.environment["ARM_CLIENT_ID"],
            "client_secret": tenant.environment["ARM_CLIENT_SECRET"],
            "scope": f"{tenant.url}/.default",
        }
        token = client.post(f"/{tenant.environment['ARM_TENANT_ID']}/oauth2/v2.0/token", data=form).json()
        client.headers["authorization"] = f"Bearer {token['access_token']}"
        yield client


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1", "::", "example.com", ""])
def test_it_refuses_to_listen_beyond_loopback(host: str) -> None:
    with pytest.raises(NotLoopbackError, match="does not listen on"):
        listen(host, 0)


def test_the_command_refuses_as_well() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "localtenant", "serve", "--host", "0.0.0.0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 2
    assert "does not listen on '0.0.0.0'" in done.stderr


def test_it_listens_on_loopback_alone(tenant: LocalTenant) -> None:
    port = int(tenant.url.rsplit(":", 1)[1])
    addresses = set()
    for table, size in (("/proc/net/tcp", 8), ("/proc/net/tcp6", 32)):
        for line in Path(table).read_text().splitlines()[1:]:
            address, state = line.split()[1], line.split()[3]
            if state == "0A" and int(address.rsplit(":", 1)[1], 16) == port:
                addresses.add(address[:size])
    assert addresses
    assert addresses <= {"0100007F", "00000000000000000000000001000000"}


def test_the_control_routes_do_not_answer_to_strange_names(tenant: LocalTenant, http: httpx.Client) -> None:
    assert tenant.admin("GET", "health")["status"] == "ready"
    response = http.post("/_tenant/reset", headers={"host": "evil.example"})
    assert response.status_code == 421


def test_the_authority_is_needed_and_enough(tenant: LocalTenant) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(tenant.url, verify=ssl.create_default_context(cafile=certifi.where()))
    for host in ("localhost", "127.0.0.1"):
        port = tenant.url.rsplit(":", 1)[1]
        context = ssl.create_default_context(cafile=str(tenant.authority))
        assert httpx.get(f"https://{host}:{port}/_tenant/health", verify=context).status_code == 200


def test_the_bundle_holds_what_was_trusted_before(tenant: LocalTenant) -> None:
    bundle = Path(tenant.environment["SSL_CERT_FILE"]).read_text()
    own = tenant.authority.read_text().strip()
    assert bundle.strip().endswith(own)
    assert bundle.count("BEGIN CERTIFICATE") > 10


def test_grants_journal_and_reset(tenant: LocalTenant, http: httpx.Client) -> None:
    start = tenant.request_log()[-1]["number"]
    assert http.post(ROLE_ASSIGNMENTS, json=ROLE_BODY).status_code == 201
    assert [row["grant"] for row in tenant.grants()] == ["Exchange Administrator"]
    entries = tenant.request_log(since=start)
    assert [(e["method"], e["status"], e["tenant"], e["who"]) for e in entries] == [
        ("POST", 201, CONTOSO.tenant_id, CONTOSO.client_id)
    ]
    tenant.reset()
    assert tenant.grants() == []
    assert tenant.request_log() == []


def test_somebody_else_makes_and_removes_things(tenant: LocalTenant) -> None:
    created = tenant.add_service_principal("other", servicePrincipalType="Application")[0]
    tenant.add_grant(created["id"], appRole="Exchange.ManageAsApp")
    role = tenant.add_grant(created["id"], directoryRole="Exchange Administrator")
    assert {row["principalName"] for row in tenant.grants()} == {"other"}
    tenant.remove_object(role["id"])
    assert [row["kind"] for row in tenant.grants()] == ["appRole"]
    tenant.remove_object(created["id"])
    assert tenant.grants() == []
    with pytest.raises(TenantError, match="There is no object"):
        tenant.remove_object(created["id"])


def test_many_service_principals_at_once(tenant: LocalTenant, http: httpx.Client) -> None:
    began = time.monotonic()
    tenant.add_service_principal("crowd", count=10_000)
    seen, path = 0, "/v1.0/servicePrincipals?$top=999&$select=id,appId&$filter=startswith(displayName,'crowd')"
    while path:
        body = http.get(path).json()
        seen += len(body["value"])
        path = body.get("@odata.nextLink", "")
    assert seen == 10_000
    assert time.monotonic() - began < 20


def test_lag_and_time_are_the_tenants(tenant: LocalTenant, http: httpx.Client) -> None:
    tenant.reset(lag=3600)
    created = tenant.add_service_principal("late")[0]
    assert http.get(f"/v1.0/servicePrincipals/{created['id']}").status_code == 404
    before = time.monotonic()
    tenant.admin("POST", "clock/sleep", {"seconds": 3600})
    assert time.monotonic() - before < 5
    assert http.get(f"/v1.0/servicePrincipals/{created['id']}").status_code == 200
    early = tenant.add_service_principal("early", lag=0)[0]
    assert http.get(f"/v1.0/servicePrincipals/{early['id']}").status_code == 200


def test_the_deployer_and_exchange_can_be_changed(tenant: LocalTenant) -> None:
    tenant.set_deployer(roles=["Application.Read.All"], arm=["Reader"])
    assert tenant.admin("POST", "deployer", {}) == {"roles": ["Application.Read.All"], "arm": ["Reader"]}
    for wrong in ({"roles": ["Everything"]}, {"arm": ["King"]}, {"roles": "x"}, {"tenant": "nobody"}):
        with pytest.raises(TenantError):
            tenant.admin("POST", "deployer", wrong)
    with pytest.raises(TenantError, match="no app role"):
        tenant.set_exchange(disabled_app_roles=["x"])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "faults", {"operation": "GET x", "effect": "explode"}),
        ("POST", "faults", {"faults": [{"operation": "GET x", "effect": "cut"}, {}]}),
        ("GET", "faults/f99", None),
        ("POST", "faults/f99/release", {}),
        ("POST", "service-principals", {"servicePrincipalType": "Robot"}),
        ("POST", "service-principals", {"id": "x"}),
        ("POST", "service-principals", {"id": PRINCIPAL, "count": 2}),
        ("POST", "clock", {"advance": -1}),
        ("POST", "grants", {"principalId": PRINCIPAL, "appRole": "Nothing"}),
    ],
)
def test_a_control_request_that_makes_no_sense_changes_nothing(
    tenant: LocalTenant, method: str, path: str, body: Json | None
) -> None:
    with pytest.raises(TenantError):
        tenant.admin(method, path, body)
    assert tenant.admin("GET", "faults") == []
    assert tenant.grants() == []


@pytest.mark.parametrize(("when", "grants"), [("before", 0), ("after", 1)])
def test_a_connection_is_cut(tenant: LocalTenant, http: httpx.Client, when: str, grants: int) -> None:
    tenant.faults([{"operation": "POST roleAssignments", "effect": "cut", "when": when}])
    with pytest.raises(httpx.TransportError):
        http.post(ROLE_ASSIGNMENTS, json=ROLE_BODY)
    assert len(tenant.grants()) == grants
    assert tenant.request_log()[-1]["status"] == 0
    # The tenant answers the next request, which comes on a new connection.
    assert http.get("/v1.0/domains").status_code == 200


CLIENT = """
import json, os, ssl, sys, urllib.request
context = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
request = urllib.request.Request(sys.argv[1], sys.argv[2].encode(), json.loads(sys.argv[3]), method="POST")
urllib.request.urlopen(request, context=context)
"""


@pytest.mark.parametrize(("when", "grants"), [("before", 0), ("after", 1)])
def test_a_client_is_killed_at_an_exact_step(tenant: LocalTenant, http: httpx.Client, when: str, grants: int) -> None:
    hold = tenant.faults([{"operation": "POST roleAssignments", "effect": "hold", "when": when}])[0]
    headers = {"authorization": http.headers["authorization"], "content-type": "application/json"}
    arguments = [f"{tenant.url}{ROLE_ASSIGNMENTS}", json.dumps(ROLE_BODY), json.dumps(headers)]
    client = subprocess.Popen([sys.executable, "-c", CLIENT, *arguments], env={**os.environ, **tenant.environment})
    assert tenant.wait_for_hold(hold)["waiting"] == 1
    client.send_signal(signal.SIGKILL)
    client.wait()
    wait_until(lambda: tenant.fault(hold)["waiting"] == 0)
    assert len(tenant.grants()) == grants
    assert "no answer" in tenant.request_log()[-1]["remarks"]


@pytest.mark.parametrize(("then", "status", "grants"), [("continue", 201, 1), ("cut", None, 0)])
def test_a_held_request_goes_on_when_released(
    tenant: LocalTenant, http: httpx.Client, then: str, status: int | None, grants: int
) -> None:
    hold = tenant.faults([{"operation": "POST roleAssignments", "effect": "hold"}])[0]
    answers: list[int | None] = []

    def post() -> None:
        try:
            answers.append(http.post(ROLE_ASSIGNMENTS, json=ROLE_BODY).status_code)
        except httpx.TransportError:
            answers.append(None)

    thread = threading.Thread(target=post)
    thread.start()
    tenant.wait_for_hold(hold)
    assert tenant.grants() == []
    tenant.release(hold, then)
    thread.join(10)
    assert answers == [status]
    assert len(tenant.grants()) == grants


def test_waiting_for_a_hold_that_nobody_reaches_ends(tenant: LocalTenant) -> None:
    hold, cut = tenant.faults(
        [{"operation": "POST x", "effect": "hold"}, {"operation": "POST x", "effect": "cut"}],
    )
    with pytest.raises(TenantError, match="No request reached"):
        tenant.wait_for_hold(hold, timeout=0.05)
    with pytest.raises(TenantError, match="Only a hold"):
        tenant.wait_for_hold(cut, timeout=0.05)


def test_an_answer_without_content_has_no_type(http: httpx.Client) -> None:
    created = http.post(ROLE_ASSIGNMENTS, json=ROLE_BODY).json()
    gone = http.delete(f"{ROLE_ASSIGNMENTS}/{created['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert "content-type" not in gone.headers
    assert gone.headers["request-id"]


def test_concurrent_requests_keep_apart(tenant: LocalTenant, http: httpx.Client) -> None:
    created = tenant.add_service_principal("many", count=30)
    threads = [
        threading.Thread(
            target=http.post, args=(ROLE_ASSIGNMENTS,), kwargs={"json": {**ROLE_BODY, "principalId": m["id"]}}
        )
        for m in created
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    rows = tenant.grants()
    assert sorted(row["principalId"] for row in rows) == sorted(m["id"] for m in created)
    assert len({row["id"] for row in rows}) == 30
    assert len({entry["requestId"] for entry in tenant.request_log()}) == len(tenant.request_log())


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_tenant(end: signal.Signals) -> None:
    with LocalTenant.start(providers=()) as tenant:
        assert tenant.process_id is not None
        os.kill(tenant.process_id, end)
        wait_until(lambda: not _listening(tenant.url))
        wait_until(lambda: not tenant.authority.exists())


def test_it_stops_when_whoever_started_it_dies() -> None:
    source = (
        "import os, time\n"
        "from localtenant.process import LocalTenant\n"
        "with LocalTenant.start(providers=()) as tenant:\n"
        "    print(tenant.url, flush=True)\n"
        "    time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", source], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    url = parent.stdout.readline().strip()
    assert _listening(url)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    wait_until(lambda: not _listening(url))
    parent.stdout.close()


def test_a_tenant_that_cannot_start_says_why() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(TenantError, match=r"before it was ready.*in use"),
            LocalTenant.start(providers=(), port=port),
        ):
            pass


def _listening(url: str) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", int(url.rsplit(":", 1)[1]))) == 0
