"""The built-in record formats and line-wise wrappings, one file each."""

from __future__ import annotations

from diagnose.formats.access import Access
from diagnose.formats.bracketed import Bracketed
from diagnose.formats.crash import Crash
from diagnose.formats.dotnet import DotnetConsole
from diagnose.formats.inner import Inner
from diagnose.formats.jsonlines import JsonLines
from diagnose.formats.jul import JavaUtilLogging
from diagnose.formats.klog import Klog
from diagnose.formats.logfmt import Logfmt
from diagnose.formats.monolog import Monolog
from diagnose.formats.mysql import MySQL, MySQLSlow
from diagnose.formats.nest import Nest
from diagnose.formats.nginx import Nginx
from diagnose.formats.postgres import PostgreSQL
from diagnose.formats.postgres_csv import PostgreSQLCsv
from diagnose.formats.python import PythonLevels
from diagnose.formats.redis import Redis
from diagnose.formats.runners import RUNNERS, GoTestJson
from diagnose.formats.samples import check_samples
from diagnose.formats.statements import Statements
from diagnose.formats.syslog import Syslog
from diagnose.formats.timed import Timed
from diagnose.formats.wrappers import Compose, Cri, DockerJson, Kubectl
from diagnose.hooks import Format, Wrapper

_OWN: tuple[Format, ...] = (
    JsonLines(),
    PostgreSQLCsv(),
    PostgreSQL(),
    MySQL(),
    Nginx(),
    MySQLSlow(),
    Redis(),
    Nest(),
    Monolog(),
    JavaUtilLogging(),
    DotnetConsole(),
    Klog(),
    Access(),
    Logfmt(),
    PythonLevels(),
    Bracketed(),
    Crash(),
    Statements(),
)

BUILT_IN: tuple[Format, ...] = tuple(
    sorted((*_OWN, Timed(_OWN), Syslog((*_OWN, Timed())), *RUNNERS), key=lambda form: form.priority)
)
"""By priority: the more a format asks of a line, the earlier it is asked."""

WRAPPERS: tuple[Wrapper, ...] = (DockerJson(), Cri(), Compose(), Kubectl(), GoTestJson())

__all__ = ["BUILT_IN", "WRAPPERS", "Inner", "check_samples"]
