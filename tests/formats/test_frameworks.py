"""Which technologies an event proves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.frameworks import BUILT_IN, Recogniser
from diagnose.model import Frame, Trace


def trace(runtime: str, *places: tuple[str, str]) -> Trace:
    return Trace(runtime, "Error", frames=tuple(Frame(function, file, 1) for function, file in places))


@pytest.mark.parametrize(
    ("text", "traces", "logger", "expected"),
    [
        ("", (trace("node", ("handle", "/app/node_modules/express/lib/router/layer.js")),), "", ("express", "node")),
        ("", (trace("node", ("q", "/app/node_modules/mysql2/lib/x.js")),), "", ("mysql2", "node")),
        ("", (trace("node", ("q", r"C:\app\node_modules\@nestjs\core\x.js")),), "", ("nestjs", "express", "node")),
        ("", (trace("python", ("get", "/usr/lib/python3/site-packages/django/db/x.py")),), "", ("django", "python")),
        ("", (trace("java", ("org.springframework.web.X.y", "X.java"), ("a.B.c", "B.java")),), "", ("spring-boot", "java")),
        (
            "",
            (trace("go", ("github.com/gin-gonic/gin.(*Context).Next", "/go/pkg/mod/github.com/gin-gonic/gin/context.go")),),
            "",
            ("gin", "go"),
        ),
        ("", (trace("dotnet", ("Microsoft.AspNetCore.Routing.X", "")),), "", ("aspnetcore", "dotnet")),
        ("SequelizeConnectionRefusedError: connect", (), "", ("sequelize",)),
        (
            "(sqlite3.OperationalError) database is locked (Background: https://sqlalche.me/e/20/e3q8)",
            (),
            "",
            ("sqlalchemy", "sqlite"),
        ),
        ("MongooseServerSelectionError: x", (), "", ("mongodb", "mongoose")),
        ("[object] (Illuminate\\Database\\QueryException(code: 2002)", (), "", ("laravel",)),
        ("HikariPool-1 - Connection is not available", (), "", ("hikaricp",)),
        ("x", (), "com.zaxxer.hikari.pool.PoolBase", ("hikaricp",)),
        ("x", (), "o.s.web.servlet.DispatcherServlet", ("spring-boot",)),
        ("x", (), "django.request", ("django",)),
        ("nothing known here: express yourself, ask redis or flask", (), "app", ()),
    ],
)
def test_recognised(text: str, traces: tuple[Trace, ...], logger: str, expected: tuple[str, ...]) -> None:
    recogniser = Recogniser()
    assert recogniser(text, traces, logger) == expected
    assert recogniser(text, traces, logger) == expected, "a second look remembers the first"


def test_causes_and_others_are_looked_at() -> None:
    inner = trace("node", ("q", "/app/node_modules/pg/lib/client.js"))
    other = trace("node", ("q", "/app/node_modules/ioredis/built/Redis.js"))
    outer = Trace("node", "Error", cause=inner, others=(other,))
    assert set(Recogniser()("", (outer,), "")) == {"pg", "ioredis", "node"}


def test_every_word_is_found_in_its_own_company() -> None:
    for framework in BUILT_IN:
        for word in framework.words:
            assert framework.name in Recogniser()(f"some {word} text", (), ""), word


def test_implied_names_are_known() -> None:
    names = {framework.name for framework in BUILT_IN}
    assert {name for framework in BUILT_IN for name in framework.implies} <= names


@given(st.text(), st.text())
def test_no_text_raises(text: str, logger: str) -> None:
    assert isinstance(Recogniser()(text, (trace("", (text, logger)),), logger), tuple)
