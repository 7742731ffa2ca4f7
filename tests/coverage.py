"""docs/coverage.md: which failure is known in which system, by which rules, and where the logs come from that show it.

`python -m tests.coverage` writes the page anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from diagnose.model import Rule
from tests.kit import FIXTURES, ROOT, read_yaml, rulebook

PAGE = ROOT / "docs/coverage.md"
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "Node": ("node", "express", "fastify", "nestjs", "koa", "hapi", "next", "jest", "mocha", "vitest", "node-test"),
    "PHP": ("php", "laravel", "symfony", "monolog", "phpunit", "doctrine"),
    "JVM": ("java", "spring-boot", "quarkus", "micronaut", "kotlin", "jul", "log4j2", "logback", "hibernate", "surefire"),
    "Go": ("go", "gin", "echo", "gorm", "go-test"),
    "Python": ("python", "django", "fastapi", "flask", "celery", "gunicorn", "uvicorn", "sqlalchemy", "pytest"),
    ".NET": ("dotnet", "aspnetcore", "entity-framework"),
    "C++, Rust, Ruby": ("cpp", "rust", "ruby", "native"),
    "PostgreSQL": ("postgresql",),
    "MySQL": ("mysql", "mariadb"),
    "MongoDB": ("mongodb",),
    "Redis": ("redis",),
    "SQLite": ("sqlite",),
    "GraphQL": ("graphql",),
    "Queues, search, cloud": ("rabbitmq", "kafka", "elasticsearch", "opensearch", "aws"),
    "Proxies": ("nginx", "apache", "haproxy", "traefik", "caddy"),
    "Containers, kernel": ("linux", "docker", "kubernetes", "journald", "systemd", "kernel", "managers"),
    "Shell, Git, CI": ("shell", "bash", "git", "make", "npm", "github-actions", "gitlab-runner"),
}
"""The columns, and what belongs to them: folders of fixtures/ and technologies of rules."""

_OF = {name: family for family, names in FAMILIES.items() for name in names}


@dataclass(frozen=True)
class Shown:
    """A fixture that shows a failure."""

    case: str
    captured: bool


def shown() -> dict[str, list[Shown]]:
    """Rule id → the fixtures in which it must be found, in order."""
    found: dict[str, list[Shown]] = defaultdict(list)
    for file in sorted(FIXTURES.rglob("expected.yaml")):
        case = file.parent
        provenance = read_yaml(case / "provenance.yaml")
        told = Shown(case.relative_to(FIXTURES).as_posix(), provenance.get("captured") is True)
        rules = {finding["rule"] for finding in read_yaml(file)["findings"]}
        for rule in sorted(rules):
            found[rule].append(told)
    return found


def family_of(case: str) -> str:
    """The column of a fixture; empty for what belongs to none, as incidents of several services do."""
    return _OF.get(case.split("/")[0], "")


def page() -> str:
    """The whole page."""
    rules, logs = rulebook().rules, shown()
    groups = read_yaml(ROOT / "rules/classes.yaml")
    return "\n".join(
        (
            "# What is known",
            "",
            "`python -m tests.coverage` writes this page from `rules/` and from what the logs in `fixtures/` must show.",
            f"{len(rules)} rules know {len({rule.of_class for rule in rules})} classes of failures.",
            "`diagnose rules list --by class` lists the same rules.",
            "",
            "A number counts the logs in which the failure must be found: captured from the real program, or written from its documented",
            "messages (`d`). A dot: a rule knows the failure there, and no log of that system shows it yet.",
            "",
            *_tables(groups, rules, logs),
            "## Rules and their logs",
            "",
            *_rules(rules, logs),
        )
    )


def _tables(groups: Mapping[str, Mapping[str, str]], rules: Iterable[Rule], logs: Mapping[str, list[Shown]]) -> Iterator[str]:
    by_class: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        by_class[rule.of_class].append(rule)
    for group, classes in groups.items():
        known = [name for name in classes if name in by_class]
        if not known:
            continue
        yield f"## {group.capitalize()}"
        yield ""
        yield f"| failure | {' | '.join(FAMILIES)} |"
        yield f"| :-- |{' :-: |' * len(FAMILIES)}"
        for name in known:
            cells = (_cell(family, by_class[name], logs) for family in FAMILIES)
            yield f"| {name} | {' | '.join(cells)} |"
        yield ""
        missing = [name for name in classes if name not in by_class]
        if missing:
            yield f"No rule yet: {', '.join(missing)}."
            yield ""


def _cell(family: str, rules: Iterable[Rule], logs: Mapping[str, list[Shown]]) -> str:
    cases = {one for rule in rules for one in logs.get(rule.id, ()) if family_of(one.case) == family}
    captured = sum(one.captured for one in cases)
    if cases:
        documented = len(cases) - captured
        return " + ".join([*([str(captured)] if captured else []), *([f"{documented} d"] if documented else [])])
    return "·" if any(_OF.get(name) == family for rule in rules for name in rule.technologies) else ""


def _rules(rules: Iterable[Rule], logs: Mapping[str, list[Shown]]) -> Iterator[str]:
    for rule in rules:
        cases = logs.get(rule.id, [])
        told = ", ".join(one.case + ("" if one.captured else " (documented)") for one in cases)
        yield f"- `{rule.id}` ({rule.of_class}): {told or 'the logs of its own tests'}"
    yield ""


if __name__ == "__main__":
    Path(PAGE).write_text(page(), encoding="utf-8")
