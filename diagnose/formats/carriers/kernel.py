"""The kernel's reports: many lines, each with the prefix of a record, that tell of one thing (an OOM kill, an oops).

What stands in them: `dump_header` and `dump_tasks` of mm/oom_kill.c, `show_mem` of mm/show_mem.c, `mem_cgroup_print_oom_meminfo` of
mm/memcontrol.c, and `show_regs` of the architectures, Linux 4.19 to 6.18. The verdict (`Out of memory: Killed process …`) starts a
record of its own: it is the line that people keep when they cut a log, and so it has to be one alone.
"""

from __future__ import annotations

import re

from diagnose.lazy import lazy

_DATE_TIME = r"\d{4}-\d\d-\d\d[Tt ][ \d]\d:\d\d:\d\d"
BSD_TIME = r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,6})?"
ISO_TIME = rf"{_DATE_TIME}(?:[.,]\d{{1,9}})?(?:Z|[+-]\d\d:?\d\d)"
UPTIME = r"\[ *\d{1,9}\.\d{6}\] "

_HOST = r"[^\s:]{1,255}"
_BARE = (
    # `dmesg`, `dmesg -x`; `dmesg -T`; `dmesg --time-format iso`
    UPTIME,
    rf"[a-z]{{3,8}} *:[a-z]{{3,6}} *: {UPTIME}",
    r"\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}\] ",
    rf"{_DATE_TIME},\d{{6}}[+-]\d\d:\d\d ",
)
_BODY = (
    r"(?: |CPU: \d|Hardware name: |Workqueue: |Call Trace:|Modules linked in|---\[ end trace|Code: "
    r"|R(?:IP|SP|BP|AX|BX|CX|DX|SI|DI|0[89]|1[0-5]): |[CF]S: +[0-9a-f]|CR2: |PKRU: "
    r"|Mem-Info:|active_anon:|Node \d|\d+ (?:total pagecache )?pages |Swap cache stats|(?:Free|Total) swap "
    r"|(?:memory|memory\+swap|swap|kmem): usage |Memory cgroup stats for |[a-z_]{2,60} \d{1,20}\r?$"
    r"|Tasks state |\[ *(?:\d{1,10}|pid) *\] |oom-kill:constraint=)"
)
CARRIED = rf"{_HOST} kernel: (?:{UPTIME})?{_BODY}"
"""What stands behind syslog's and journalctl's time in a line inside a report."""

LATER = tuple(prefix + _BODY for prefix in _BARE)
"""Lines inside a report that no carrier added anything to."""

_ANY_PREFIX = rf"(?:(?:<\d{{1,3}}>)?(?:{BSD_TIME}|{ISO_TIME}) {_HOST} kernel: (?:{UPTIME})?|{'|'.join(_BARE)})"
_LATER_PREFIX = lazy(rf"\n{_ANY_PREFIX}(?={_BODY})", re.MULTILINE)


def strip(record: str) -> str:
    """The record without the prefixes of its later lines."""
    return _LATER_PREFIX.sub("\n", record) if "\n" in record else record
