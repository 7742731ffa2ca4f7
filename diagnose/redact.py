"""Secrets out of what is told. The same secret gives the same token, so that one still sees that two are equal.

Recognised: Authorization and Cookie headers, passwords and keys in assignments, passwords in connection strings,
JSON Web Tokens, PEM private keys, and the keys of services that mark theirs (AWS, Google, GitHub, GitLab, Stripe,
Slack, npm, SendGrid). E-mail addresses where asked for. One alternation, no nested repetition: linear in the text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256

_WORDS = r"YES|NO|true|false|null|none|nil|undefined|required|missing|invalid|empty|expired|incorrect|wrong|authentication"
"""What stands behind `password:` in messages and is none (`using password: YES`)."""

_ASSIGNED = r"""["'\\]{0,3}\s{0,3}(?:=>|[:=])\s{0,3}+"""
_QUOTED = r"""\\?["'](?P<NAME_quoted>(?!\[redacted:)[^"'\\]+)"""
_BARE = r"""(?P<NAME_bare>(?!\[redacted:|["'\\]|(?:(?:WORDS)\b))[^\s"',;&)\]}\\]+)"""
_SECRET_WORDS = r"(?:passw(?:or)?d|passphrase|\bpwd|secret)"
_TOKEN_WORDS = r"(?:token(?!s)|(?:api|access|account|auth|private)[_-]?key|session[_-]?id|signature|\bjwt)"


def _value(name: str) -> str:
    return f"(?:{_QUOTED}|{_BARE})".replace("NAME", name).replace("WORDS", _WORDS)


_PATTERNS = (
    r"(?P<pem>-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z))",
    rf"authorization{_ASSIGNED}(?!\[redacted:)\[?+\s?+\\?+[\"']?+(?:(?:Bearer|Basic|Digest|Token|ApiKey|AWS4-HMAC-SHA256)\s++)?+"
    r"(?P<header>(?!\[redacted:)[^\s\"'\\,\]}]{3,}(?:,\s?\w+=[^\s\"'\\,]+)*)",
    rf"\b(?:set-)?cookie2?{_ASSIGNED}(?!\[redacted:)\[?+\s?+\\?+[\"']?+(?P<cookie>(?!\[redacted:)[^\"'\\\r\n\]}}]{{3,}})",
    r"(?P<jwt>\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*){0,3})",
    r"\b(?:Bearer|Basic)\s+(?P<bearer>(?=[\w.~+/-]*\d)[\w.~+/-]{8,}=*)",
    r"://[^\s/:@\"']{0,100}:(?P<url>(?!\[redacted:)[^\s@\"']{1,200})@(?=[\w\[])",
    r"(?P<aws>\b(?:AKIA|ASIA)[0-9A-Z]{16}\b)",
    r"(?P<google>\bAIza[\w-]{35}|\bya29\.[\w-]{20,})",
    r"(?P<github>\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{20,})",
    r"(?P<stripe>\b[srp]k_(?:live|test)_[0-9A-Za-z]{10,}|\bwhsec_[0-9A-Za-z+/=]{10,})",
    r"(?P<service>\bxox[abeoprs]-[\w-]{10,}|\bnpm_[A-Za-z0-9]{30,}|\bSG\.[\w-]{16,}\.[\w-]{16,}|\bsk-[\w-]{20,})",
    rf"{_SECRET_WORDS}[\w-]{{0,20}}{_ASSIGNED}{_value('secret')}",
    rf"{_TOKEN_WORDS}[\w-]{{0,20}}{_ASSIGNED}(?=\\?[\"']?(?:[^\s\"']{{0,200}}\d|[^\s\"']{{16}}))"
    rf"(?=\\?[\"']?[^\s\"']{{6}}){_value('token')}",
)
_TRIGGERS = (
    *("passw", "passphrase", "pwd", "secret", "token", "key", "session", "signature", "jwt", "authorization", "cookie"),
    *("eyj", "bearer", "basic", "://", "akia", "asia", "aiza", "ya29.", "ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    *("github_pat_", "glpat-", "k_live", "k_test", "whsec_", "npm_", "xox", "sg.", "sk-"),
)
"""Of these, in lower case, a text with a secret holds one: most lines need no more than this look."""

_PASSES = 8
"""A token may complete what was no secret before (`token=x` before a key): the text is gone through until nothing changes."""

_EMAIL = r"(?P<email>\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}\b)"


def redact(text: str, *, emails: bool = False) -> str:
    """The text with tokens for its secrets. Safe on any text; doing it twice changes nothing more."""
    lowered = text.lower()
    if any(trigger in lowered for trigger in _TRIGGERS) or (emails and "@" in text):
        for _ in range(_PASSES):
            before, text = text, _alternation(emails).sub(_replace, text)
            if text == before:
                break
    return text


def token(secret: str) -> str:
    """What stands for a secret: the same for the same one."""
    return f"[redacted:{sha256(secret.encode('utf-8', 'surrogatepass')).hexdigest()[:4]}]"


@lru_cache(maxsize=2)
def _alternation(emails: bool) -> re.Pattern[str]:
    return re.compile("|".join((*_PATTERNS, _EMAIL) if emails else _PATTERNS), re.IGNORECASE | re.ASCII)


def _replace(match: re.Match[str]) -> str:
    group = match.lastgroup or ""
    start, end = match.span(group)
    text = match.string
    return text[match.start() : start] + token(match[group]) + text[end : match.end()]
