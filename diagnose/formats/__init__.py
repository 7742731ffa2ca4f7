"""The built-in record formats and line-wise wrappings, one file each."""

from __future__ import annotations

from diagnose.formats.access import Access
from diagnose.formats.bracketed import Bracketed
from diagnose.formats.ci import CiRunner
from diagnose.formats.ci_prefixes import GitHubJob, GitHubLog, GitLabRunner, Timestamps
from diagnose.formats.crash import Crash
from diagnose.formats.debug import Debug
from diagnose.formats.dotnet import DotnetConsole
from diagnose.formats.events import DockerEvents, KubernetesEvents
from diagnose.formats.exports import Exported
from diagnose.formats.golang import Golang
from diagnose.formats.haproxy import HAProxy
from diagnose.formats.inner import Inner
from diagnose.formats.journal import Journal
from diagnose.formats.jsonlines import JsonLines
from diagnose.formats.jul import JavaUtilLogging
from diagnose.formats.jul_xml import JavaUtilLoggingXml
from diagnose.formats.jvm import Jvm
from diagnose.formats.klog import Klog
from diagnose.formats.levelled import Levelled, ShortLevelled
from diagnose.formats.logfmt import Logfmt
from diagnose.formats.monolog import Monolog
from diagnose.formats.mysql import MySQL, MySQLSlow
from diagnose.formats.mysql_general import MySQLGeneral
from diagnose.formats.nest import Nest
from diagnose.formats.nginx import Nginx
from diagnose.formats.php import Php
from diagnose.formats.php_fpm import PhpFpm
from diagnose.formats.postgres import PostgreSQL
from diagnose.formats.postgres_csv import PostgreSQLCsv
from diagnose.formats.postgres_prefix import PostgreSQLPrefix
from diagnose.formats.pretty import PinoPretty
from diagnose.formats.python import PythonLevels
from diagnose.formats.redis import Redis
from diagnose.formats.runners import RUNNERS, GoTestJson
from diagnose.formats.samples import check_samples
from diagnose.formats.serilog import Serilog
from diagnose.formats.sqlite import SQLiteShell
from diagnose.formats.statements import Statements
from diagnose.formats.structlog import Structlog
from diagnose.formats.syslog import Syslog
from diagnose.formats.timed import Timed
from diagnose.formats.wrappers import Compose, ComposeNamed, Cri, DockerJson, Kubectl, Stern
from diagnose.hooks import Format, Wrapper

_OWN: tuple[Format, ...] = (
    JsonLines(),
    PostgreSQLCsv(),
    PostgreSQL(),
    MySQL(),
    Nginx(),
    MySQLSlow(),
    MySQLGeneral(),
    Redis(),
    Nest(),
    Monolog(),
    JavaUtilLogging(),
    JavaUtilLoggingXml(),
    Jvm(),
    Golang(),
    Php(),
    Serilog(),
    DotnetConsole(),
    Klog(),
    Access(),
    PinoPretty(),
    Structlog(),
    Debug(),
    HAProxy(),
    DockerEvents(),
    KubernetesEvents(),
    CiRunner(),
    Logfmt(),
    PythonLevels(),
    Bracketed(),
    Crash(),
    Statements(),
    SQLiteShell(),
    PostgreSQLPrefix(),
)
# What carries other programs' records is read two deep: a relayed syslog line, a syslog line in a JSON object, a journal's export of one.
_TEXT: tuple[Format, ...] = (*_OWN, Timed(_OWN))
_CARRIED: tuple[Format, ...] = (*_OWN[1:], JsonLines(_TEXT), Journal(_TEXT), Exported(_TEXT), Timed(_OWN), Syslog(_TEXT))

BUILT_IN: tuple[Format, ...] = tuple(
    sorted(
        (
            *(*_OWN[1:], JsonLines(_CARRIED), Journal(_CARRIED), Exported(_CARRIED), Timed(_OWN), Syslog(_CARRIED)),
            *(Levelled(), ShortLevelled(), *RUNNERS),
        ),
        key=lambda form: form.priority,
    )
)
"""By priority: the more a format asks of a line, the earlier it is asked."""

WRAPPERS: tuple[Wrapper, ...] = (
    DockerJson(), Cri(), Compose(), ComposeNamed(), Kubectl(), Stern(), Timestamps(), GitHubLog(), GitHubJob(), GitLabRunner(),
    PhpFpm(), GoTestJson(),
)  # fmt: skip

__all__ = ["BUILT_IN", "WRAPPERS", "Inner", "check_samples"]
