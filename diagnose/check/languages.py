"""What a file is: its language, and the part of a project that it belongs to. Told from its path, and of scripts from their first line."""

from __future__ import annotations

from pathlib import PurePosixPath

from diagnose.lazy import lazy

SUFFIXES = {
    "javascript": (".js", ".mjs", ".cjs", ".jsx"),
    "typescript": (".ts", ".mts", ".cts", ".tsx"),
    "python": (".py", ".pyw"),
    "php": (".php",),
    "java": (".java",),
    "kotlin": (".kt", ".kts"),
    "go": (".go",),
    "csharp": (".cs",),
    "cpp": (".cc", ".cpp", ".cxx", ".c++", ".hh", ".hpp", ".hxx", ".h", ".c"),
    "bash": (".sh", ".bash"),
}
_LANGUAGES = {suffix: language for language, suffixes in SUFFIXES.items() for suffix in suffixes}

CONFIGURATION = "configuration"
"""The language of files that no parser of code reads, templates among them; finders tell them apart by name."""

_CONFIGURATION = lazy(
    r"(?i)(?:\.env(?:\.[\w.-]+)?|[\w.-]*\.env|appsettings(?:\.[\w-]+)?\.json|application(?:[-.][\w.-]+)?\.(?:ya?ml|properties)"
    r"|bootstrap\.(?:ya?ml|properties)|nginx[\w.-]*\.conf|[\w.-]+\.conf|[\w.-]+\.ya?ml)"
)
_SHELL = lazy(rb"#!\s*/\S*(?:/env\s+(?:-S\s+)?)?\b(?:ba|da|k|z)?sh\b")

_TESTS = lazy(
    r"(?i)(?:^|/)(?:(?:\w+[-_])?tests?|testsuites?|fuzz(?:ing|ers?)?|__tests__|__mocks__|spec|specs|e2e|fixtures?|testdata|test[-_]?data"
    r"|testing|\w*test[-_]?(?:utils?|runners?|helpers?|support|servers?|kit|lib|containers?)"
    r"|emulators?|integration-?tests?|cypress|mocks?|examples?(?:_\w+)?|samples?|demos?|benchmarks?|bench|docs?|tutorials?|playground|stories|acceptance)/"
    r"|(?:^|/)(?:test_[^/]*|[^/]*[_-]tests?|fuzz_[^/]*|[^/]*test[-_]?data[^/]*|[^/]*benchmark[^/]*|pytest_[^/]*|conftest|tests?|[^/]*[.-](?:test|spec|e2e|bench|stories))\.[a-z]{1,4}$"
    r"|(?-i:(?:^|/)[^/]*(?:Tests?|TestCase|Spec|IT)\.(?:java|kt|cs|php)$)"
    r"|(?:^|/)src/(?:test|it|jmh|testFixtures)/"
    r"|(?:^|/)[\w-]*templates?/(?:[^/]+/)*[^/]+\.py$|(?:^|/)(?:scaffold(?:s|ing)?|boilerplates?)/"
    r"|/\w+(?<!la)(?<!con)(?<!at)(?<!pro)(?<!de)test/[^/]*\.go$"
)
_MIGRATIONS = lazy(
    r"(?i)(?:^|/)(?:migrations?|migrate|seeds?|seeders?|alembic|factories|fixtures?|(?:\w+_)?scripts?|tools?|hack|maintenance|upgrades?|management/commands)/"
    r"|(?:^|/)(?:(?:seed|migrate|migration)[^/]*|[^/]*migrations?|upgrade(?:[_-][^/]*)?)\.[a-z]{1,4}$"
    r"|(?:^|/)(?:db|database)/updates?/|(?:^|/)(?:(?:webpack|rollup|vite|esbuild|babel|jest|karma|gulpfile|gruntfile)[\w.-]*|[\w.-]+\.config)\.[cm]?[jt]s$"
)
_BROWSER = lazy(
    r"(?i)(?:^|/)(?:static|public|assets|wwwroot|htdocs|www|webapp|front-?end|browser|themes|skins|ui)/(?:[^/]+/)*[^/]+\.(?:[cm]?[jt]s|[jt]sx)$"
    r"|(?:^|/)resources/(?:js|ts|javascript)/"
)
_CI = lazy(r"(?i)(?:^|/)(?:\.?ci|\.github|\.gitlab|\.circleci|\.buildkite|deploy(?:ment)?s?|build)/")


def language_of(path: str, head: bytes = b"") -> str:
    """The language of a file by its path, else by its first line; `configuration`; empty: none that is known."""
    name = PurePosixPath(path).name
    if name.endswith(".d.ts"):
        return ""
    if name.endswith(".blade.php"):
        return CONFIGURATION
    known = _LANGUAGES.get(PurePosixPath(name).suffix.lower())
    if known:
        return known
    if _CONFIGURATION.fullmatch(name):
        return CONFIGURATION
    return "bash" if head and _SHELL.match(head) else ""


def may_be_known(path: str) -> bool:
    """Whether a look at the file could tell a language: those without suffix may be scripts."""
    return bool(language_of(path)) or "." not in PurePosixPath(path).name


def part_of(path: str) -> str:
    """`tests`, `migrations`, `browser`, or empty for what runs on a server. A CI script is production of its own kind."""
    if _TESTS.search(path):
        return "tests"
    if _CI.search(path):
        return ""
    if _MIGRATIONS.search(path):
        return "migrations"
    return "browser" if _BROWSER.search(path) else ""
