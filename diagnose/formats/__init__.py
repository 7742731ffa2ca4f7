"""The built-in record formats and line-wise wrappings, one file each; rooms by who writes such lines."""

from __future__ import annotations

from diagnose.formats.carriers.exports import Exported
from diagnose.formats.carriers.inner import Inner
from diagnose.formats.carriers.jenkins import Jenkins
from diagnose.formats.carriers.journal import Journal
from diagnose.formats.carriers.syslog import Syslog
from diagnose.formats.databases.mysql import MySQL, MySQLSlow
from diagnose.formats.databases.mysql_general import MySQLGeneral
from diagnose.formats.databases.postgres import PostgreSQL
from diagnose.formats.databases.postgres_csv import PostgreSQLCsv
from diagnose.formats.databases.postgres_prefix import PostgreSQLPrefix
from diagnose.formats.databases.redis import Redis
from diagnose.formats.databases.sqlite import SQLiteShell
from diagnose.formats.databases.statements import Statements
from diagnose.formats.json.lines import JsonLines
from diagnose.formats.loggers.bracketed import Bracketed
from diagnose.formats.loggers.crash import Crash
from diagnose.formats.loggers.debug import Debug
from diagnose.formats.loggers.dotnet import DotnetConsole
from diagnose.formats.loggers.golang import Golang
from diagnose.formats.loggers.jul import JavaUtilLogging
from diagnose.formats.loggers.jul_xml import JavaUtilLoggingXml
from diagnose.formats.loggers.jvm import Jvm
from diagnose.formats.loggers.klog import Klog
from diagnose.formats.loggers.levelled import Levelled, ShortLevelled
from diagnose.formats.loggers.logfmt import Logfmt
from diagnose.formats.loggers.monolog import Monolog
from diagnose.formats.loggers.nest import Nest
from diagnose.formats.loggers.php import Php
from diagnose.formats.loggers.pretty import PinoPretty
from diagnose.formats.loggers.python import PythonLevels
from diagnose.formats.loggers.serilog import Serilog
from diagnose.formats.loggers.structlog import Structlog
from diagnose.formats.loggers.timed import Timed
from diagnose.formats.parts.samples import check_samples
from diagnose.formats.runners import RUNNERS, GoTestJson
from diagnose.formats.servers.access import Access
from diagnose.formats.servers.ci import CiRunner
from diagnose.formats.servers.events import DockerEvents, KubernetesEvents
from diagnose.formats.servers.haproxy import HAProxy
from diagnose.formats.servers.nginx import Nginx
from diagnose.formats.wrappers.ci import GitHubJob, GitHubLog, GitLabRunner, Timestamps
from diagnose.formats.wrappers.collectors import COLLECTORS
from diagnose.formats.wrappers.engines import Compose, ComposeNamed, Cri, DockerJson, Kubectl, Stern
from diagnose.formats.wrappers.managers import CloudWatchTail, Concurrently, Foreman, Heroku, Pm2, Swarm, Turbo
from diagnose.formats.wrappers.php_fpm import PhpFpm
from diagnose.formats.wrappers.stores import STORES
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
            *(Jenkins(_OWN), Levelled(), ShortLevelled(), *RUNNERS),
        ),
        key=lambda form: form.priority,
    )
)
"""By priority: the more a format asks of a line, the earlier it is asked."""

WRAPPERS: tuple[Wrapper, ...] = (
    DockerJson(), Cri(), Compose(), ComposeNamed(), Kubectl(), Stern(), Timestamps(), GitHubLog(), GitHubJob(), GitLabRunner(),
    PhpFpm(), GoTestJson(), Pm2(), Foreman(), Concurrently(), Turbo(), Swarm(), Heroku(), CloudWatchTail(), *COLLECTORS, *STORES,
)  # fmt: skip

__all__ = ["BUILT_IN", "WRAPPERS", "Inner", "check_samples"]
