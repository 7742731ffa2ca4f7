"""PostgreSQL's own log (stderr), whatever `log_line_prefix` and `lc_messages` are.

An error's DETAIL, HINT, CONTEXT, QUERY and STATEMENT lines repeat the prefix but belong to the record before them.
The severity words are those of PostgreSQL 15's message catalogues. Two blanks follow the colon in every language.
"""

from __future__ import annotations

import re

from diagnose.formats.loggers.timed import DATE_TIME, FRACTION
from diagnose.formats.parts.base import BaseFormat, split_test
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header, Level
from diagnose.times import Clock

_WORDS = {
    Level.DEBUG: "DEBUG DEBUG1 DEBUG2 DEBUG3 DEBUG4 DEBUG5 ОТЛАДКА 调试 디버그 НАЛАГОДЖЕННЯ",
    Level.INFO: "LOG INFO NOTICE HINWEIS NOTIFICA СООБЩЕНИЕ ИНФОРМАЦИЯ ЗАМЕЧАНИЕ 日志 信息 注意 LOGG NOTIS 로그 정보 알림 "
    "ЗАПИСУВАННЯ ІНФОРМАЦІЯ ПОВІДОМЛЕННЯ",
    Level.WARNING: "WARNING WARNUNG ATTENTION ATTENZIONE ПРЕДУПРЕЖДЕНИЕ 警告 VARNING 경고 ПОПЕРЕДЖЕННЯ",
    Level.ERROR: "ERROR FEHLER ERREUR ERRORE ОШИБКА 错误 FEL 오류 ПОМИЛКА",
    Level.FATAL: "FATAL PANIC PANIK FATALE PANICO ВАЖНО ПАНИКА "
    "致命错误 比致命错误还过分的错误 FATALT 치명적오류 손상 ФАТАЛЬНО ПАНІКА",
}
LEVELS = {word: level for level, words in _WORDS.items() for word in words.split()}
"""Severity words in all languages → level."""


def raw_words(words: list[str]) -> str:
    """An alternation of words as ASCII over UTF-8 bytes."""
    return "(?:" + "|".join("".join(_byte(byte) for byte in word.encode()) for word in words) + ")"


def _byte(byte: int) -> str:
    return chr(byte) if byte < 0x80 else f"\\x{byte:02x}"


ZONE = r"(?:[A-Z]{3,5}|[+-]\d\d(?:\d\d)?)"
_TIME = lazy(rf"{DATE_TIME}{FRACTION} {ZONE}(?!\w)")
_EPOCH = lazy(r"(?<![\w.])\d{10}\.\d{3}(?![\w.])")
_WORD = lazy(r"[^\s:>\])@|-]+\Z")
_SQLSTATE = lazy(r"([0-9A-Z]{5}): ")
_LATER = lazy(rf"\n(?:< ?)?{DATE_TIME}{FRACTION} {ZONE}[^\n]*?([^\W\d_]+ ?:  )")
_LATER_ELSEWHERE = lazy(r"\n[^\s][^\n]{0,160}?((?<![\w])(?:DETAIL|HINT|QUERY|CONTEXT|STATEMENT|LOCATION|BACKTRACE):  )")
_PROCESS = lazy(r"\[(\d+)(?:-\d+)?\]")
_SESSION = lazy(r"(?<![\w.])[0-9a-f]{8}\.([0-9a-f]{1,7})(?![\w.])")
_CLIENT = lazy(r"(?<![\w.])((?:\d{1,3}\.){3}\d{1,3}|[0-9a-f:]*::?[0-9a-f:]+)\(\d+\)")
_WHO = lazy(r"(?<![\w@])([\w.-]+)@([\w.-]+)(?![\w@])")
_NAMED = lazy(r"\b(user|db|app|client)=([^,\s\[]+)")
_STATE = lazy(r"(?<![\w(\[.-])(?=[0-9A-Z]*\d)([0-9A-Z]{5})(?![\w)\].-])")
DURATION = lazy(r"[^:]{3,12}: (\d+\.\d{3}) ms\b")
_PARTS = {
    "DETAIL": "detail", "DÉTAIL": "detail", "DETALLE": "detail", "DETTAGLI": "detail", "ПОДРОБНОСТИ": "detail",
    "DETALJ": "detail",
    "STATEMENT": "statement", "ANWEISUNG": "statement", "INSTRUCTION": "statement", "SENTENCIA": "statement",
    "ISTRUZIONE": "statement", "ОПЕРАТОР": "statement", "SATS": "statement",
}  # fmt: skip
_PART = lazy(rf"\n({'|'.join(_PARTS)}) ?:  (.*(?:\n\t.*)*)")


class PostgreSQL(BaseFormat):
    """`2026-11-23 10:00:00.123 UTC [812] shop@orders ERROR:  duplicate key …`; for prefixes that do not begin with a time see `postgres_prefix`."""

    name = "postgresql"
    priority = 20
    start = (
        rf"(?:< ?)?{DATE_TIME}{FRACTION} {ZONE}(?:[ :>|-](?:[^ \n]{{1,100}} ){{0,12}}(?:[^ "
        rf"\n]{{0,100}}[:>\])@|-])?)?{raw_words(list(LEVELS))}:  "
        r"|(?:LOG|ERROR|FATAL|PANIC|NOTICE|FEHLER|ERREUR|WARNUNG):  [^ ]"
    )
    errors: tuple[str, ...] = (rf"{raw_words([word for word, level in LEVELS.items() if level >= Level.ERROR])}:  ",)
    samples: tuple[Sample, ...] = (
        Sample(
            '2026-11-23 10:00:00.123 UTC [812] ERROR:  duplicate key value violates unique constraint "users_email_key"\n'
            "2026-11-23 10:00:00.123 UTC [812] DETAIL:  Key (email)=(a@example.com) already exists.\n"
            "2026-11-23 10:00:00.123 UTC [812] STATEMENT:  INSERT INTO users (email)\n\tVALUES ($1)",
            "2026-11-23T10:00:00.123Z",
            "error",
            'duplicate key value violates unique constraint "users_email_key"\nDETAIL:  Key',
        ),
        Sample(
            "2026-11-23 10:00:00.123 CET [812] shop@orders FEHLER:  Deadlock entdeckt",
            "2026-11-23T09:00:00.123Z",
            "error",
            "Deadlock entdeckt",
        ),
        Sample(
            "2026-11-23 10:00:00 UTC:10.0.0.5(53434):shop@orders:[812]:FATAL:  remaining connection slots are reserved",
            "2026-11-23T10:00:00Z",
            "fatal",
            "remaining connection slots",
        ),
        Sample(
            "2026-11-23 10:00:00.123 UTC [812]: [3-1] user=shop,db=orders,app=[unknown],client=10.0.0.5 LOG:  duration: "
            "1234.567 ms",
            "2026-11-23T10:00:00.123Z",
            "info",
            "duration: 1234.567 ms",
        ),
        Sample(
            "< 2026-11-23 10:00:00.123 UTC >WARNING:  there is no transaction",
            "2026-11-23T10:00:00.123Z",
            "warning",
            "there is no",
        ),
        Sample(
            "2026-11-23 10:00:00.123 -03 [1] LOG:  database system is ready",
            "2026-11-23T13:00:00.123Z",
            "info",
            "database system",
        ),
        Sample(
            "2026-11-23 10:00:00.123 MSK [812] ОШИБКА:  23505: повторяющееся значение",
            "2026-11-23T07:00:00.123Z",
            "error",
            "повторя",
        ),
        Sample(
            "2026-11-23 10:00:00.379 UTC|1080|shop_app|shop|127.0.0.1(42214)|23505|ERROR:  duplicate key",
            "2026-11-23T10:00:00.379Z",
            "error",
            "duplicate",
        ),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record; the prefixes of its later lines are left out of the message."""
        severity, begin, end = _severity(record)
        if not severity:
            return None
        message = record[end:]
        if "\n" in message:
            message = _LATER_ELSEWHERE.sub(r"\n\1", _LATER.sub(r"\n\1", message))
        header = Header(message, level=LEVELS[severity], technologies=("postgresql",))
        prefix = record[:begin]
        time = _TIME.search(prefix) or _EPOCH.search(prefix)
        moment = clock.parse(time[0]) if time else None
        if moment is not None and time is not None:
            header.time, header.resolution = moment
            prefix = f"{prefix[: time.start()]} {prefix[time.end() :]}"
        _read_prefix(prefix, header)
        state = _SQLSTATE.match(message)
        if state is not None:
            header.fields["sqlstate"], header.message = state[1], message[state.end() :]
        took = DURATION.match(message)
        if took is not None:
            header.fields["duration_ms"] = float(took[1])
        for part in _PART.finditer(message):
            header.fields[_PARTS[part[1]]] = part[2]
        return header

    def field_patterns(self, name: str, test: str) -> tuple[str, ...]:
        """Durations and SQLSTATEs; the other fields stand on lines that start no record."""
        if name == "duration_ms":
            return (r":  [^:]{3,24}: \d+\.\d{3} ms\b",)
        if name == "sqlstate":
            sign, operand = split_test(test)
            return (operand if sign == "==" and re.fullmatch(r"[0-9A-Z]{5}", operand) else r":  [0-9A-Z]{5}: ",)
        return ()


def _severity(record: str) -> tuple[str, int, int]:
    """(the severity, where it begins, where the message begins) on the first line; "" where there is none."""
    stop = record.find("\n")
    stop = stop if stop >= 0 else len(record)
    at = record.find(":  ", 0, stop)
    while at >= 0:
        word = _WORD.search(record, max(0, at - 16), at)
        if word is not None and word[0] in LEVELS:
            return word[0], word.start(), at + 3
        at = record.find(":  ", at + 3, stop)
    return "", 0, 0


def _read_prefix(prefix: str, header: Header) -> None:
    process = _PROCESS.search(prefix)
    session = _SESSION.search(prefix) if process is None else None
    if process is not None:
        header.scope["process"] = process[1]
    elif session is not None:
        # The second half of a session's id is the process, in hexadecimal digits.
        header.scope["process"] = str(int(session[1], 16))
    for name, value in _NAMED.findall(prefix):
        if name in ("user", "db"):
            header.scope["user" if name == "user" else "database"] = value
        else:
            header.fields[name] = value
    who = _WHO.search(prefix)
    if who is not None:
        header.scope["user"], header.scope["database"] = who[1], who[2]
    client = _CLIENT.search(prefix)
    if client is not None:
        header.fields["client"] = client[1]
    state = _STATE.search(prefix)
    if state is not None and state[1] != "00000":
        header.fields["sqlstate"] = state[1]
