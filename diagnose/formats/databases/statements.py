"""Statements that ORMs print to the console, each a record of its own, without time and level."""

from __future__ import annotations

from diagnose.formats.parts.base import BaseFormat
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header, Level
from diagnose.times import Clock

_LINE = lazy(
    r"(?:(?P<hibernate>Hibernate): ?\s*|(?P<sequelize>Execut(?:ing|ed)) \((?P<connection>[\w-]+)\): |(?P<prisma>prisma:query) "
    r"|(?P<typeorm>query(?: failed| is slow)?): )"
)
_ELAPSED = lazy(r" Elapsed time: (\d+)ms\s*$")


class Statements(BaseFormat):
    """`Hibernate: select …`, `Executing (default): SELECT …` (Sequelize), `query: SELECT …` (TypeORM), `prisma:query …`."""

    name = "statements"
    priority = 76
    start = r"Hibernate: ?(?:[a-z/\r(]|$)|Execut(?:ing|ed) \([\w-]{1,40}\): |query(?: failed| is slow)?: [A-Za-z(]|prisma:query "
    errors: tuple[str, ...] = (r"query failed: ",)
    samples: tuple[Sample, ...] = (
        Sample("Hibernate: select o1_0.id from orders o1_0 where o1_0.id=?", message="select o1_0.id"),
        Sample("Hibernate: \n    select\n        o1_0.id", message="select"),
        Sample('Executing (default): SELECT "id" FROM "posts"', message='SELECT "id"'),
        Sample('query: SELECT "i"."id" FROM "invoices" "i" -- PARAMETERS: [7]', message="SELECT"),
        Sample("prisma:query SELECT 1", message="SELECT 1"),
        Sample('query failed: INSERT INTO "invoices"("id") VALUES ($1)', level="error", message="query failed: INSERT"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one statement; it is the message and the field `statement`."""
        match = _LINE.match(record)
        if match is None:
            return None
        statement = record[match.end() :]
        failed = match["typeorm"] == "query failed"
        header = Header(record if failed else statement, fields={"statement": statement})
        header.technologies = tuple(name for name in ("hibernate", "sequelize", "prisma", "typeorm") if match[name])
        header.level = Level.ERROR if failed else None
        took = _ELAPSED.search(statement)
        if took is not None:
            header.fields["duration_ms"] = float(took[1])
        return header

    def field_patterns(self, name: str, test: str) -> tuple[str, ...]:
        """Where a statement stands."""
        return (r"Hibernate: ", r"Executed \([\w-]{1,40}\): ", r"prisma:query ", r"query: [A-Z]") if name == "statement" else ()
