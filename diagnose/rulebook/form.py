"""The form of a rule file: every key, its shape and what it is for. Reader, JSON Schema and lint go by it."""

from __future__ import annotations

from diagnose.rulebook.shapes import Anything, Choice, Entry, Flag, Many, Plain, Record, Table, Text, Whole

NAME = Text(r"[a-z_][a-z0-9_]*", "a name (small letters, digits, _)")
WORD = Text(r"[a-z0-9][a-z0-9.+-]*", "a word (small letters, digits, -)")
PATH = Text(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?", "a capture (`key`, or `signal.key`)")
SENTENCE = Text(says="text", one_line=True)
PROSE = Text()
CLASS = Text(r"[a-z0-9][a-z0-9-]*", "a failure class (small letters, digits, -)")
RULE_ID = Text(r"[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)+", "a rule id (technology/problem)")
DURATION = Text(r"[0-9]{1,9}(ms|s|m|h|d)", "a duration (500ms, 2s, 5m, 1h, 1d)")
LINK = Text(r"https://[^\s/?#]+\.[^\s]+", "an https address")
SCOPE_PATH = Text(r"[a-z_]+( *\| *[a-z_]+)*", "one or more of the scopes, as in `request|service`")

LEVELS = {
    "trace": "the finest steps",
    "debug": "for developers",
    "info": "normal work",
    "warning": "odd, but the work went on",
    "error": "an operation failed",
    "fatal": "the process cannot go on",
}
SEVERITIES = {
    "info": "worth knowing, no fault",
    "warning": "will become a fault",
    "error": "requests or jobs fail",
    "critical": "the service is down, or data is in danger",
}
PLACES = {
    "text": "everything: message, stack and string fields",
    "message": "the message, with its continuation lines",
    "line": "the first line of the message",
    "trace": "the stack traces",
}
TYPES = {"str": "text", "int": "a whole number", "float": "a number", "duration": "a time span, read to milliseconds"}
UNITS = {"us": "microseconds", "ms": "milliseconds", "s": "seconds"}
METHODS = dict.fromkeys(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "ANY"), "")

CAPTURE = Record(
    {
        "type": Entry(Choice(TYPES), "How the text is read; `str` where nothing is said."),
        "redact": Entry(Flag(), "True where the text may be personal or secret: it is shown as a token."),
    },
    short="type",
    title="a capture",
)

SIGNAL = Record(
    {
        "literals": Entry(Many(PROSE), "Texts of which any must stand in the event."),
        "regex": Entry(Many(PROSE), "A pattern, or several: the first that matches gives the captures."),
        "ignore_case": Entry(Flag(), "True: literals and regex do not tell A from a."),
        "captures": Entry(Table(NAME, CAPTURE), "How named groups of the regex are read."),
        "unless": Entry(Many(PROSE), "Texts of which none may stand in the whole event."),
        "level": Entry(Choice(LEVELS), "The event's level is at least this."),
        "fields": Entry(
            Table(Text(), Plain(as_text=True, none=False), least=1),
            'Fields of the record and what each must be: ">= 500", "== x", or a bare value.',
        ),
        "look_in": Entry(Choice(PLACES), "Where literals and regex look; in `text` where nothing is said."),
        "at": Entry(
            Many(NAME, least=1),
            "Signals of this rule: the signal is looked for only in their records, and no search of its own is made.",
        ),
        "class": Entry(CLASS, "Instead of all the others: a finding of any other rule of this failure class."),
    },
    title="a signal",
)

FIX = Record(
    {
        "text": Entry(PROSE, "What to do."),
        "for": Entry(Many(WORD), "Frameworks and drivers that the step is for; without it, for all."),
        "language": Entry(WORD, "The language of `code`."),
        "code": Entry(PROSE, "Code or configuration to copy."),
    },
    short="text",
    title="a fix",
)

CHECK = Record(
    {
        "text": Entry(PROSE, "What to look at.", required=True),
        "run": Entry(PROSE, "A command to copy."),
        "readonly": Entry(Flag(), "True where `run` changes nothing; the default is false."),
    },
    short="text",
    title="a check",
)

ENDPOINT = Record(
    {
        "method": Entry(Choice(METHODS), "The HTTP method.", required=True),
        "path": Entry(Text(r"/\S*", "a path that begins with /"), "The path.", required=True),
        "description": Entry(PROSE, "What it is for."),
    },
    title="an endpoint",
)

EVIDENCE = Record(
    {
        "if": Entry(PROSE, "A condition over this rule's signals.", required=True),
        "add": Entry(Whole(-1000, 1000), "What it adds to the weight of the cause.", required=True),
    },
    title="evidence",
)

REPAIR = {
    "fix": Entry(Many(FIX), "The steps of the repair."),
    "api_endpoints": Entry(Many(ENDPOINT), "Endpoints that the repair adds or changes."),
    "database_changes": Entry(Many(PROSE), "Changes to a schema that the repair needs."),
    "security_considerations": Entry(Many(PROSE), "What the repair means for security."),
}

CAUSE = Record(
    {
        "id": Entry(CLASS, "The cause's name within the rule.", required=True),
        "cause": Entry(PROSE, "What went wrong, in a sentence or two.", required=True),
        "weight": Entry(Whole(0, 1000), "How likely it is before any evidence."),
        "evidence": Entry(Many(EVIDENCE), "Conditions that speak for or against it."),
        "checklist": Entry(Many(CHECK), "Checks that tell this cause from the others."),
        **REPAIR,
    },
    title="a cause",
)

EXPLAINS = Record(
    {
        "class": Entry(CLASS, "The failure class that this rule's failure brings about.", required=True),
        "by": Entry(SCOPE_PATH, "What both must share, the narrowest first: `request|service`."),
        "within": Entry(DURATION, "How long after, at most; the default is 60s."),
    },
    short="class",
    title="a link",
)

TOOK = Record(
    {
        "capture": Entry(NAME, "The capture that holds the number.", required=True),
        "unit": Entry(Choice(UNITS), "Its unit; the default is ms."),
    },
    short="capture",
    title="a time span",
)

EXPECT = Record(
    {
        "rule": Entry(RULE_ID, "The rule that must hold.", required=True),
        "cause": Entry(CLASS, "The cause that must be told."),
        "captures": Entry(Table(Text(), Plain()), "Captures that it must have, among others; null is unknown."),
        "count": Entry(Whole(1), "How often it must have been seen."),
        "severity": Entry(Choice(SEVERITIES), "How severe it must be told to be."),
    },
    short="rule",
    title="an expectation",
)

TEST = Record(
    {
        "name": Entry(SENTENCE, "What the log shows.", required=True),
        "log": Entry(PROSE, "The log, as the software wrote it.", required=True),
        "expect": Entry(Many(EXPECT), "What must be found, and nothing else; [] makes the test a near-miss.", required=True),
        "not_evaluated": Entry(Flag(), "True: the rule must be told as not evaluated."),
    },
    title="a test",
)

LANGUAGES = {
    "javascript": "`.js`, `.mjs`, `.cjs`, `.jsx`",
    "typescript": "`.ts`, `.mts`, `.cts`, `.tsx`",
    "python": "",
    "php": "",
    "java": "",
    "kotlin": "",
    "go": "",
    "csharp": "",
    "cpp": "C++ and C",
    "bash": "shell scripts",
}
"""What detectors may be written for."""

PARTS = {
    "tests": "tests, fixtures and examples",
    "migrations": "migrations, seeders and one-off scripts",
    "browser": "JavaScript and TypeScript for browsers, told by its folders",
}
"""Parts of a project that detectors leave out unless they say otherwise."""

FINDERS = {
    "localhost-database": "a container's database address that is the container itself",
    "pool-above-server-limit": "pools that together may open more connections than the server of the same file allows",
    "no-memory-limit": "a workload without memory limit",
    "heap-above-limit": "a runtime's heap limit that does not fit into the container's memory",
    "no-readiness-probe": "a workload behind a service that nothing asks whether it is ready",
    "debug-on": "debug mode in a file that is for production",
    "dependency-not-awaited": "a service that starts without waiting until its database is healthy",
    "no-errexit": "a script of several steps that goes on after a failed one",
    "query-in-template": "a query about the row of a template's loop",
    "unused-ignore": "a `diagnose: ignore[…]` that suppresses nothing, names no rule, or gives no reason",
}
"""What is looked for by code of this program rather than by a pattern: facts that need two places, or numbers."""

DETECTOR = Record(
    {
        "message": Entry(
            SENTENCE, "What is wrong here, in one line; `$NAME` is what the pattern's `$NAME` matched.", required=True
        ),
        "language": Entry(Many(Choice(LANGUAGES)), "The languages that `rule` is for."),
        "rule": Entry(Anything(), "An ast-grep rule; words such as `in-loop` are there for `matches` (see Words)."),
        "constraints": Entry(Anything(), "What the meta-variables of `rule` must match, by name without `$`."),
        "finds": Entry(Choice(FINDERS), "Instead of `rule`: a finder that comes with diagnose."),
        "needs": Entry(Many(PROSE), "Texts that must all stand in the file, or it is not even parsed; `a|b` means either."),
        "unless": Entry(Many(PROSE), "Texts of which none may stand in the file."),
        "nowhere": Entry(Many(PROSE), "Texts of which none may stand in any file that is looked at together with it."),
        "files": Entry(Many(PROSE), "Globs of paths or names; without them, all files of the language."),
        "before": Entry(
            PROSE,
            "Only where the project's package.json asks for an older one of this npm package, or names none, as in `express 5`.",
        ),
        "also_in": Entry(Many(Choice(PARTS)), "Parts of a project that are looked at too."),
        "cause": Entry(CLASS, "The cause that this shows; the first one where nothing is said."),
        "severity": Entry(Choice(SEVERITIES), "How bad it is here; the rule's where nothing is said."),
        "technologies": Entry(Many(WORD), "Frameworks and drivers that this proves: their fixes are told."),
        "instead": Entry(SENTENCE, "What to write instead, in one line; the first fix of the cause where nothing is said."),
        "rewrite": Entry(PROSE, "What `--fix` puts in the match's place, with `$NAME`; only where that is safe."),
    },
    title="a detector",
)

RULE = Record(
    {
        "title": Entry(SENTENCE, "The failure in one line; `{capture}` and `{blame}` are filled in.", required=True),
        "class": Entry(CLASS, "The failure class, one of `classes.yaml`.", required=True),
        "severity": Entry(Choice(SEVERITIES), "How bad it is.", required=True),
        "technologies": Entry(Many(WORD), "Technologies that fail this way."),
        "codes": Entry(Many(SENTENCE), "What a person types after `diagnose explain`: error names, numbers, SQLSTATEs."),
        "signals": Entry(
            Table(NAME, SIGNAL, least=1), "What to look for in one event, by name; with `when` the rule's half for logs."
        ),
        "when": Entry(PROSE, "The condition over the signals."),
        "keys": Entry(Many(PATH), "Captures or scopes that tell one failure from another of this rule."),
        "cause": Entry(PROSE, "What went wrong, where the rule knows one cause only; stands for `causes`."),
        **REPAIR,
        "fix": Entry(Many(FIX), "The steps of the repair; beside `causes` those that all share, told after a cause's own."),
        "causes": Entry(Many(CAUSE, single=False, least=1), "What may have gone wrong, the likeliest first."),
        "checklist": Entry(Many(CHECK), "What to check, step by step."),
        "explains": Entry(Many(EXPLAINS), "Failures that this one brings about."),
        "resolved_by": Entry(NAME, "The signal that says that the failure is over."),
        "took": Entry(TOOK, "How long the failure had lasted when it was logged (a slow statement): it began that long before."),
        "generic": Entry(Flag(), "True: yields to a nearer rule's finding in the same event."),
        "source": Entry(
            Many(DETECTOR, least=1),
            "Detectors of the same failure in code, for `diagnose check`: the rule's other half, or its only one.",
        ),
        "references": Entry(Many(LINK), "Where the facts come from."),
        "tests": Entry(Many(TEST, single=False), "Logs and what must be found in them: at least a hit and a near-miss."),
    },
    title="a rule",
)

CLASSES = Table(Text(), Table(CLASS, SENTENCE))
"""`classes.yaml`: group → class → what it means."""
