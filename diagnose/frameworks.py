"""Which frameworks, drivers and libraries an event proves: by its stack frames, its logger, or words in its text.

Fixes are told for what is found here, so a word counts only where it is nobody else's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from diagnose.hooks import Framework
from diagnose.model import Frame, Trace

LEVEL = str.maketrans("123456789", "000000000")
"""All digits made the same."""

_LOOKED_AT = 4_096
"""Characters of an event's text that words are looked for in; frames behind them are known from the traces."""

_TRACES = 256
"""Traces remembered: each may hold hundreds of frames."""

_REMEMBERED = 4_096

_STEMS = (
    "org.", "com.", "io.", "\\", "Microsoft.", "Mongo", "_ERR_", "Knex", "My", "sql", "py", "pg.", "exceptions",
    "TypeO", "[", "Error",
)  # fmt: skip
"""Words that hold one of these are looked for only where it stands in the text, which saves two tests of three."""
Key = TypeVar("Key")
_NARROWEST = ("driver", "orm", "library", "framework", "server", "database", "runtime")


def _node(name: str, kind: str, *words: str, package: str = "", implies: tuple[str, ...] = ()) -> Framework:
    return Framework(name, kind, "javascript", (f"node_modules/{package or name}/",), (), words, implies)


def _python(
    name: str, kind: str, *words: str, package: str = "", loggers: tuple[str, ...] = (), implies: tuple[str, ...] = ()
) -> Framework:
    package = package or name
    return Framework(name, kind, "python", (f"-packages/{package}/",), loggers or (package,), words, implies)


def _java(name: str, kind: str, packages: str, *words: str, loggers: str = "", implies: tuple[str, ...] = ()) -> Framework:
    names = tuple(packages.split())
    return Framework(name, kind, "java", names, (*names, *loggers.split()), words or names, implies)


def _php(name: str, kind: str, folder: str, *words: str, implies: tuple[str, ...] = ()) -> Framework:
    names = tuple(word for word in words if "\\" in word)  # of functions, where the package is not in a folder of its own
    return Framework(name, kind, "php", (f"vendor/{folder}/", *names), (), words, implies)


def _go(name: str, kind: str, module: str, *words: str) -> Framework:
    return Framework(name, kind, "go", (module,), (), words)


def _ruby(name: str, kind: str, *words: str, gem: str = "", implies: tuple[str, ...] = ()) -> Framework:
    return Framework(name, kind, "ruby", (f"/gems/{gem or name}-",), (), words, implies)


def _rust(name: str, kind: str, *words: str, crate: str = "") -> Framework:
    crate = crate or name
    return Framework(
        name, kind, "rust", (f"/{crate}-", f" {crate.replace('-', '_')}::"), (f"{crate.replace('-', '_')}::",), words
    )


def _dotnet(name: str, kind: str, namespace: str) -> Framework:
    return Framework(name, kind, "csharp", (namespace,), (namespace,), (namespace,))


BUILT_IN: tuple[Framework, ...] = (
    _node("nestjs", "framework", "[Nest]", package="@nestjs", implies=("express",)),
    _node("express", "framework"),
    _node("fastify", "framework", "FST_ERR_"),
    _node("koa", "framework"),
    _node("hapi", "framework", package="@hapi/hapi"),
    _node("next", "framework"),
    _node("mysql2", "driver"),
    _node("mysqljs", "driver", package="mysql"),
    _node("pg", "driver"),
    _node("pg", "driver", package="pg-pool"),
    _node("pg", "driver", package="pg-protocol"),
    _node("sequelize", "orm", "Sequelize"),
    _node("typeorm", "orm", "QueryFailedError", "TypeORMError", "[TypeOrmModule]"),
    _node("knex", "orm", "KnexTimeoutError", "Knex: "),
    _node("prisma", "orm", "PrismaClient", "prisma:", package="@prisma/client"),
    _node("drizzle", "orm", package="drizzle-orm"),
    _node("mongoose", "orm", "Mongoose", implies=("mongodb",)),
    _node("mongodb", "driver", "MongoServer", "MongoNetwork"),
    _node("ioredis", "driver", "MaxRetriesPerRequestError", "[ioredis]"),
    _node("node-redis", "driver", package="@redis/client"),
    _node("bullmq", "library", implies=("ioredis",)),
    _node("better-sqlite3", "driver"),
    _node("sqlite3", "driver", package="sqlite3"),
    _node("jsonwebtoken", "library", "JsonWebTokenError", "TokenExpiredError", "NotBeforeError"),
    _node("passport", "library"),
    _node("axios", "library", "AxiosError"),
    _node("undici", "library", "UND_ERR_", "node:internal/deps/undici"),
    _node("body-parser", "library"),
    _node("pino", "library"),
    _node("winston", "library"),
    _node("kafkajs", "driver", "KafkaJS"),
    _node("amqplib", "driver"),
    _python("django", "framework", "django."),
    _python("djangorestframework", "framework", "rest_framework.", package="rest_framework", implies=("django",)),
    _python("fastapi", "framework"),
    _python("starlette", "framework"),
    _python("flask", "framework", loggers=("flask", "werkzeug")),
    _python("werkzeug", "library", "werkzeug."),
    _python("aiohttp", "library", "aiohttp."),
    _python("sqlalchemy", "orm", "sqlalche"),
    _python("alembic", "library"),
    _python("psycopg2", "driver", "psycopg2."),
    _python("psycopg", "driver", "psycopg."),
    _python("asyncpg", "driver", "asyncpg."),
    _python("pymysql", "driver", "pymysql."),
    _python("mysqlclient", "driver", "MySQLdb.", package="MySQLdb"),
    _python("redis-py", "driver", "redis.exceptions", package="redis"),
    _python("pymongo", "driver", "pymongo."),
    _python("celery", "library", "celery."),
    _python("pyjwt", "library", "jwt.exceptions", package="jwt"),
    _python("requests", "library", "requests.exceptions"),
    _python("urllib3", "library", "urllib3."),
    _python("httpx", "library", "httpx."),
    _python("pydantic", "library", "pydantic"),
    _python("gunicorn", "server", "gunicorn."),
    _python("uvicorn", "server"),
    _java("spring-boot", "framework", "org.springframework.", loggers="o.s. o.springframework."),
    _java("quarkus", "framework", "io.quarkus.", loggers="io.qua."),
    _java("micronaut", "framework", "io.micronaut."),
    _java("tomcat", "server", "org.apache.catalina. org.apache.tomcat. org.apache.coyote.", loggers="o.a.c. o.a.t."),
    _java("hikaricp", "library", "com.zaxxer.hikari.", "ikari", loggers="c.z.h. c.zaxxer.hikari."),
    _java("hibernate", "orm", "org.hibernate.", loggers="o.h. o.hibernate. org.hib."),
    _java("postgresql-jdbc", "driver", "org.postgresql."),
    _java("mysql-jdbc", "driver", "com.mysql.cj."),
    _java("mariadb-jdbc", "driver", "org.mariadb.jdbc."),
    _java("h2", "driver", "org.h2."),
    _java("r2dbc", "driver", "io.r2dbc."),
    _java("lettuce", "driver", "io.lettuce."),
    _java("jedis", "driver", "redis.clients.jedis."),
    _java("mongodb-java", "driver", "com.mongodb."),
    _java("jjwt", "library", "io.jsonwebtoken."),
    _java("jackson", "library", "com.fasterxml.jackson."),
    _java("kafka-clients", "driver", "org.apache.kafka.clients."),
    _php("laravel", "framework", "laravel/framework", "Illuminate\\"),
    _php("symfony", "framework", "symfony/http-kernel", "Symfony\\Component\\HttpKernel"),
    _php("doctrine", "orm", "doctrine", "Doctrine\\"),
    _php("guzzle", "library", "guzzlehttp", "GuzzleHttp\\"),
    _php("monolog", "library", "monolog/monolog", "Monolog\\"),
    _php("predis", "driver", "predis/predis", "Predis\\"),
    _php("twig", "library", "twig/twig", "Twig\\"),
    _php("slim", "framework", "slim/slim", "Slim\\"),
    Framework(
        "wordpress", "framework", "php", ("/wp-includes/", "/wp-content/", "/wp-admin/"), (), ("/wp-includes/", "/wp-content/")
    ),
    Framework("pdo", "driver", "php", ("PDO->", "PDOStatement->"), (), ("PDOException",)),
    Framework("mysqli", "driver", "php", ("mysqli->", "mysqli_"), (), ("mysqli_",)),
    _go("gin", "framework", "github.com/gin-gonic/gin", "[GIN"),
    _go("echo", "framework", "github.com/labstack/echo"),
    _go("fiber", "framework", "github.com/gofiber/fiber"),
    _go("chi", "framework", "github.com/go-chi/chi"),
    _go("gorm", "orm", "gorm.io/"),
    _go("pgx", "driver", "github.com/jackc/pgx"),
    _go("lib-pq", "driver", "github.com/lib/pq", "pq: "),
    _go("go-sql-driver", "driver", "github.com/go-sql-driver/mysql"),
    _go("go-redis", "driver", "github.com/redis/go-redis"),
    _go("sqlx", "library", "github.com/jmoiron/sqlx"),
    _go("mongo-go", "driver", "go.mongodb.org/mongo-driver"),
    _go("grpc-go", "library", "google.golang.org/grpc"),
    _go("sarama", "driver", "github.com/IBM/sarama"),
    _go("pkg/errors", "library", "github.com/pkg/errors"),
    _go("golang-jwt", "library", "github.com/golang-jwt/jwt"),
    _go("net/http", "library", "net/http."),
    _dotnet("aspnetcore", "framework", "Microsoft.AspNetCore."),
    _dotnet("entity-framework", "orm", "Microsoft.EntityFrameworkCore."),
    _dotnet("npgsql", "driver", "Npgsql."),
    _dotnet("mysqlconnector", "driver", "MySqlConnector."),
    _dotnet("sqlclient", "driver", "Microsoft.Data.SqlClient."),
    _dotnet("dapper", "orm", "Dapper."),
    _dotnet("kestrel", "server", "Microsoft.AspNetCore.Server.Kestrel"),
    _dotnet("rabbitmq-dotnet", "driver", "RabbitMQ.Client."),
    _dotnet("stackexchange-redis", "driver", "StackExchange.Redis."),
    _ruby("rails", "framework", "ActionController::", "ActionView::", gem="actionpack"),
    _ruby("rails", "framework", gem="railties"),
    _ruby("activerecord", "orm", "ActiveRecord::"),
    _ruby("sinatra", "framework"),
    _ruby("rack", "library"),
    _ruby("puma", "server"),
    _ruby("sidekiq", "library", "Sidekiq::"),
    _ruby("pg-ruby", "driver", "PG::", gem="pg"),
    _ruby("mysql2-ruby", "driver", "Mysql2::", gem="mysql2"),
    _ruby("redis-rb", "driver", "Redis::", gem="redis"),
    _rust("tokio", "library"),
    _rust("axum", "framework"),
    _rust("actix-web", "framework"),
    _rust("hyper", "library"),
    _rust("sqlx-rust", "library", crate="sqlx-core"),
    _rust("diesel", "orm"),
    _rust("anyhow", "library"),
    _java("ktor", "framework", "io.ktor."),
    _java("kotlinx-coroutines", "library", "kotlinx.coroutines."),
    _java("flyway", "library", "org.flywaydb."),
    _node("nodemailer", "library"),
    _node("ejs", "library"),
    _python("jinja2", "library"),
    Framework("sqlite", "database", "", words=("SQLITE_", "sqlite3.", "org.sqlite.")),
    Framework("nginx", "server", ""),
    Framework("postgresql", "database", ""),
    Framework("mysql", "database", ""),
    Framework("mariadb", "database", ""),
    Framework("redis", "database", ""),
    Framework("docker", "runtime", ""),
    Framework("kubernetes", "runtime", ""),
    Framework("linux", "runtime", ""),
    Framework("node", "runtime", "javascript"),
    Framework("python", "runtime", "python"),
    Framework("java", "runtime", "java"),
    Framework("php", "runtime", "php"),
    Framework("go", "runtime", "go"),
    Framework("dotnet", "runtime", "csharp"),
    Framework("rust", "runtime", "rust"),
    Framework("ruby", "runtime", "ruby"),
    Framework("cpp", "runtime", "cpp"),
    Framework("shell", "runtime", "bash"),
)
"""One name may stand several times, with other frames. Those without tests are told by record formats and traces."""


class Recogniser:
    """Tells the technologies of an event. Frames and loggers are looked at once; words cost one search each."""

    def __init__(self, frameworks: Iterable[Framework] = BUILT_IN) -> None:
        self._known = {framework.name: framework for framework in frameworks}
        every = tuple(frameworks)
        self._words = _by_stem([(word.translate(LEVEL), framework.name) for framework in every for word in framework.words])
        self._frames = tuple((part, framework.name) for framework in every for part in framework.frames)
        self._loggers = tuple((prefix, framework.name) for framework in every for prefix in framework.loggers)
        places = {kind: place for place, kind in enumerate(_NARROWEST)}
        self._rank = {
            framework.name: (places.get(framework.kind, 0), place) for place, framework in reversed(list(enumerate(every)))
        }
        self._of_frame: dict[tuple[str, str], tuple[str, ...]] = {}
        self._of_logger: dict[str, tuple[str, ...]] = {"": ()}
        self._of_names: dict[tuple[str, ...], tuple[str, ...]] = {(): ()}
        self._of_shape: dict[str, tuple[str, ...]] = {}
        self._of_trace: dict[int, tuple[Trace, tuple[str, ...]]] = {}

    def __call__(self, text: str, traces: Sequence[Trace], logger: str) -> tuple[str, ...]:
        """The names of what the event proves, narrowest first; a trace proves its runtime."""
        # Digits never tell one technology from another, so texts that differ in digits only are looked at once.
        shape = text[:_LOOKED_AT].translate(LEVEL)
        names = self._of_shape.get(shape)
        if names is None:
            names = tuple(name for stem, words in self._words if stem in shape for word, name in words if word in shape)
            _remember(self._of_shape, shape, names)
        if logger:
            names += self._by_logger(logger)
        for trace in traces:
            names += self._by_trace(trace)
        found = self._of_names.get(names)
        return found if found is not None else self._order(names)

    def _by_trace(self, trace: Trace) -> tuple[str, ...]:
        """What a trace's frames tell; the same object, which `parse_traces` gives for equal texts, is looked at once."""
        known = self._of_trace.get(id(trace))
        if known is None:
            names: list[str] = []
            self._collect(trace, names)
            if len(self._of_trace) >= _TRACES:
                self._of_trace.clear()
            known = self._of_trace[id(trace)] = trace, tuple(dict.fromkeys(names))
        return known[1]

    def _collect(self, trace: Trace, names: list[str]) -> None:
        for frame in trace.frames:
            names.extend(self._by_frame(frame))
        for other in trace.others:
            self._collect(other, names)
        if trace.cause is not None:
            self._collect(trace.cause, names)
        names.append(trace.runtime)

    def _by_frame(self, frame: Frame) -> tuple[str, ...]:
        key = frame.file, frame.function
        found = self._of_frame.get(key)
        if found is None:
            place = frame.file.replace("\\", "/") + " " + frame.function
            found = tuple(name for part, name in self._frames if part in place)
            _remember(self._of_frame, key, found)
        return found

    def _by_logger(self, logger: str) -> tuple[str, ...]:
        found = self._of_logger.get(logger)
        if found is None:
            found = tuple(name for prefix, name in self._loggers if logger.startswith(prefix))
            _remember(self._of_logger, logger, found)
        return found

    def _order(self, names: tuple[str, ...]) -> tuple[str, ...]:
        every = dict.fromkeys(names)
        for name in names:
            every.update(dict.fromkeys(self._known[name].implies if name in self._known else ()))
        last = len(_NARROWEST), 0
        found = tuple(sorted(every, key=lambda name: self._rank.get(name, last)))
        _remember(self._of_names, names, found)
        return found


def _by_stem(words: Iterable[tuple[str, str]]) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """(word, name) pairs under the first stem that the word holds, else under itself."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for word, name in words:
        stem = next((stem for stem in _STEMS if stem in word), word)
        groups.setdefault(stem, []).append((word, name))
    return tuple((stem, tuple(group)) for stem, group in groups.items())


def _remember(memory: dict[Key, tuple[str, ...]], key: Key, value: tuple[str, ...]) -> None:
    if len(memory) >= _REMEMBERED:
        memory.clear()
    memory[key] = value
