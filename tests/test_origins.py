"""What the names of files and prefixes tell, and what they do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.model import SCOPES
from diagnose.origins import scope_of_path, scope_of_stream, workload
from tests.kit import scan_bytes, scan_files

ID = "0123456789abcdef" * 4
UID = "12345678-1234-1234-1234-123456789abc"


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        (
            f"/var/log/containers/api-7d9f5c6b8-x2x4z_shop_web-{ID}.log",
            {"service": "api", "pod": "api-7d9f5c6b8-x2x4z", "container": "web"},
        ),
        (f"/var/log/pods/shop_db-0_{UID}/postgres/0.log", {"service": "db", "pod": "db-0", "container": "postgres"}),
        (f"logs/shop_db-0_{UID}/postgres/2.log.20261123-100000.gz", {"service": "db", "pod": "db-0", "container": "postgres"}),
        (f"/var/log/pods/kube-system_etcd-n1_{ID[:32]}/etcd/0.log", {"service": "etcd", "pod": "etcd-n1", "container": "etcd"}),
        (f"/var/lib/docker/containers/{ID}/{ID}-json.log.1", {"container": ID[:12]}),
        ("order-service-7d9f5c6b8-x2x4z.log", {"service": "order-service", "pod": "order-service-7d9f5c6b8-x2x4z"}),
        ("/var/log/billing/error.log", {"service": "billing"}),
        ("/var/log/nginx/shop.example.com-access.log.2.gz", {"service": "nginx"}),
        ("/srv/shop/log/production.log", {"service": "shop"}),
        ("logs/api/app.log", {"service": "api"}),
        ("C:\\logs\\api\\app.log", {"service": "api"}),
        ("api.log", {"service": "api"}),
        ("api.log.3.gz", {"service": "api"}),
        ("api-2026-11-23.log", {"service": "api"}),
        ("api.2026-11-23.0.log", {"service": "api"}),
        ("shop.log-20261123", {"service": "shop"}),
        ("/root/.pm2/logs/api-error-0.log", {"service": "api"}),
        ("nginx-access.log", {"service": "nginx"}),
        ("mysql-slow.log", {"service": "mysql"}),
        ("/var/log/postgresql/postgresql-15-main.log.1", {"service": "postgresql"}),
        ("postgresql-15-main.log", {"service": "postgresql"}),
        ("postgresql-2026-11-23_000000.log", {"service": "postgresql"}),
        ("redis_6379.log", {"service": "redis"}),
        ("worker-2.log", {"service": "worker", "worker": "worker-2"}),
        ("payments-service.log", {"service": "payments-service"}),
    ],
)
def test_names_that_tell_something(path: str, scope: dict[str, str]) -> None:
    assert scope_of_path(path) == scope


@pytest.mark.parametrize(
    "path",
    """- log app.log input.log /srv/app/error.log access.log.1 /var/log/syslog kern.log.1 /home/jane/logs/app.log output.txt
    incident-2026-11-23.log 2026-11-23.log 3f2a9c1d.log 812.log laravel-2026-11-23.log catalina.out gc.log.0.current hs_err_pid812.log
    client.log web.1.log /tmp/x/app.log production.log ../app.log . / localhost_access_log.2026-11-23.txt x.log""".split(),
)
def test_names_that_anything_may_have(path: str) -> None:
    assert scope_of_path(path) == {}


@pytest.mark.parametrize(
    ("pod", "service"),
    [
        ("api-7d9f5c6b8-x2x4z", "api"),
        ("shop-api-7d9f5c6b8c-x2x4z", "shop-api"),
        ("db-0", "db"),
        ("exporter-x2x4z", "exporter"),
        ("nightly-28612345-x2x4z", "nightly"),
        ("api", "api"),
        ("payments-blue", "payments-blue"),
    ],
)
def test_pods_belong_to_workloads(pod: str, service: str) -> None:
    assert workload(pod) == service


def test_a_prefix_names_a_pod_or_a_service() -> None:
    assert scope_of_stream("api-7d9f5c6b8-x2x4z/web") == {"service": "api", "pod": "api-7d9f5c6b8-x2x4z", "container": "web"}
    assert scope_of_stream("api-2") == {"service": "api-2"}


@given(st.text(max_size=60) | st.text("abc0123-_./\\ ", max_size=80))
def test_no_name_raises_and_every_value_is_a_word(path: str) -> None:
    for scope in (scope_of_path(path), scope_of_stream(path)):
        assert set(scope) <= set(SCOPES)
    assert all(value and value.isascii() and " " not in value for value in scope_of_path(path).values())


# ---------------------------------------------------------------- in a report

REFUSED = b'{"level":50,"time":"2026-11-23T10:00:00Z","msg":"connect ECONNREFUSED 10.0.0.5:5432"%s}\n'


def test_the_record_goes_before_the_source() -> None:
    for more, services in ((b"", ("api",)), (b',"service":"shop"', ("shop",))):
        (finding,) = scan_bytes(REFUSED % more, name="/var/log/api/error.log").findings
        assert finding.services == services


def test_what_only_a_file_is_called_rules_no_evidence_out(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """A database's log is named for the database, and tells why its client failed."""
    server = "2026-11-23 10:00:{:02}.123 UTC [{}] LOG:  {}\n"
    lines = [server.format(0, 1, "starting archive recovery")]
    lines += ["2026-11-23 10:00:01.123 UTC [7] shop@shop FATAL:  the database system is starting up\n"]
    (tmp_path / "postgres.log").write_text("".join(lines))
    client = '{"level":50,"time":"2026-11-23T10:00:01.2Z","service":"shop","msg":"error: the database system is starting up"}\n'
    (tmp_path / "app.log").write_text(client)
    findings = [finding for finding in scan_files([tmp_path]).findings if finding.rule == "postgresql/starting-up"]
    assert findings
    assert {finding.cause_id for finding in findings} == {"restore-or-standby"}
