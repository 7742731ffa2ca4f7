"""Level words and numbers of all the loggers, as one scale."""

from __future__ import annotations

from diagnose.model import Level

_WORDS = {
    Level.TRACE: "trace trc trce trac verbose vrb silly finest finer all",
    Level.DEBUG: "debug dbg dbug debu fine config debug1 debug2 debug3 debug4 debug5 d1 d2 d3 d4 d5",
    Level.INFO: "info inf information informational notice note log http default system i",
    Level.WARNING: "warn wrn warning w",
    Level.ERROR: "error err eror erro severe fail e",
    Level.FATAL: "fatal ftl fata critical crit alert emerg emergency panic pnc pani dpanic f",
}
_BY_WORD = {word: level for level, words in _WORDS.items() for word in words.split()}
_BY_WORD |= {word.upper(): level for word, level in _BY_WORD.items()}
_BY_WORD |= {word.capitalize(): level for word, level in _BY_WORD.items()}

UPPER = r"(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|SEVERE|FATAL|CRITICAL|ALERT|EMERG(?:ENCY)?|PANIC)"
"""Level words in capitals, as they stand alone among others in a line."""

SHORT = r"(?:TRC|DBG|INF|WRN|ERR|FTL|PNC|CRIT|FINEST|FINER|FINE|CONFIG|VERBOSE|LOG)"
"""Rarer ones, level words only where nothing but the time stands before them."""

LOWER = r"(?:trace|debug|verbose|info|notice|warn(?:ing)?|error|severe|fatal|crit(?:ical)?|alert|emerg(?:ency)?|panic|dpanic)"
TITLE = r"(?:Trace|Debug|Verbose|Info(?:rmation)?|Notice|Warn(?:ing)?|Error|Severe|Fatal|Critical|Alert|Emergency|Panic)"

LOUD_UPPER = r"(?:ERROR|SEVERE|FATAL|CRITICAL|ALERT|EMERG(?:ENCY)?|PANIC)"
LOUD_SHORT = r"(?:ERR|FTL|PNC|CRIT)"
LOUD_LOWER = r"(?:error|severe|fatal|crit(?:ical)?|alert|emerg(?:ency)?|panic|dpanic)"
LOUD_TITLE = r"(?:Error|Severe|Fatal|Critical|Alert|Emergency|Panic)"
"""The same words from level error on: what the raw patterns of errors are made of."""


def level_of_word(word: str) -> Level | None:
    """The level that a word means, in any case; None where it means none."""
    level = _BY_WORD.get(word)
    return level if level is not None else _BY_WORD.get(word.strip().lower())


def level_of_number(number: int) -> Level | None:
    """The level of a number of pino and bunyan (10 to 60), or of Monolog (100 to 600)."""
    if number >= 100:
        return _of_monolog(number)
    if number < 10:
        return None
    return Level(min(60, number // 10 * 10))


def level_of_syslog(severity: int) -> Level | None:
    """The level of a syslog severity, 0 (emergency) to 7 (debug), as in RFC 5424, 6.2.1, and GELF."""
    if not 0 <= severity <= 7:
        return None
    by_severity = (Level.FATAL, Level.FATAL, Level.FATAL, Level.ERROR, Level.WARNING, Level.INFO, Level.INFO, Level.DEBUG)
    return by_severity[severity]


def _of_monolog(number: int) -> Level | None:
    for least, level in ((500, Level.FATAL), (400, Level.ERROR), (300, Level.WARNING), (200, Level.INFO)):
        if number >= least:
            return level if number <= 600 else None
    return Level.DEBUG
