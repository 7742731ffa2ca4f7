"""`python -m benchmarks.packages FOLDER`: fetches open packages by their registries' own clients, and unpacks them.

`packages.yaml` names them: npm (`npm pack`), PyPI (`pip download`), Maven Central's sources (`mvn dependency:copy`), Go's proxy (`go mod download`),
Debian's packages and sources (`apt-get`). Nothing of them is run. What is there already is not fetched again.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

NAMES = Path(__file__).with_name("packages.yaml")
_PATIENCE = 900
"""Seconds that a client may take for one package."""


@dataclass(frozen=True)
class Package:
    """One package. `name` is what its client takes."""

    registry: str
    name: str
    held_out: bool = False
    """Whether nobody looked at it while detectors were mended."""

    @property
    def folder(self) -> str:
        """Where it is unpacked, below the folder of all."""
        return f"{self.registry}/{re.sub(r'[^A-Za-z0-9.+_-]+', '-', self.name).strip('-')}"


class FetchError(Exception):
    """A package cannot be had."""


def packages(registries: Sequence[str] = ()) -> Iterator[Package]:
    """All that `packages.yaml` names."""
    for part, listed in yaml.safe_load(NAMES.read_text()).items():
        for registry, names in listed.items():
            if not registries or registry in registries:
                yield from (Package(registry, name, part == "held_out") for name in names)


def fetch(package: Package, base: Path) -> Path:
    """A package's folder below `base`, fetched where it is not there. Raises FetchError."""
    folder = base / package.folder
    if folder.is_dir():
        return folder
    base.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=base, prefix=".part-") as temporary:
        part = Path(temporary) / "out"
        part.mkdir()
        try:
            _CLIENTS[package.registry](package.name, Path(temporary), part)
        except (OSError, subprocess.SubprocessError, tarfile.TarError, zipfile.BadZipFile, ValueError) as error:
            raise FetchError(f"{package.registry} {package.name}: {_why(error)}") from error
        if not any(part.iterdir()):
            raise FetchError(f"{package.registry} {package.name}: there are no files")
        folder.parent.mkdir(parents=True, exist_ok=True)
        part.rename(folder)
    return folder


def _why(error: Exception) -> str:
    told = getattr(error, "stderr", None) or str(error)
    lines = (told.decode("utf-8", "replace") if isinstance(told, bytes) else told).strip().splitlines()
    return lines[-1] if lines else type(error).__name__


def _client(command: Sequence[str], folder: Path, **more: str) -> bytes:
    """Run a registry's client; what it prints. Raises CalledProcessError."""
    done = subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_PATIENCE,
        check=True,
        env={**os.environ, **more},
    )
    return done.stdout


def _npm(name: str, work: Path, out: Path) -> None:
    _client(["npm", "pack", "--ignore-scripts", "--silent", name], work)
    _untar(next(work.glob("*.tgz")), out)
    _hoist(out)
    # Compiled code is what such a package has: below `dist/` it would be left out as built.
    for built in ("dist", "build", "lib/dist"):
        if (out / built).is_dir() and not (out / "src").exists():
            (out / built).rename(out / "src")


def _pypi(name: str, work: Path, out: Path) -> None:
    _client([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-build-isolation", name], work)
    wheel = next(iter(work.glob("*.whl")), None)
    if wheel is not None:
        _unzip(wheel, out)
    else:
        _untar(next(work.glob("*.tar.gz")), out)
        _hoist(out)


def _maven(name: str, work: Path, out: Path) -> None:
    group, artifact, version = name.split(":")
    _client(
        ["mvn", "-q", "-B", "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy",
         f"-Dartifact={group}:{artifact}:{version}:jar:sources", f"-DoutputDirectory={work}"], work,
    )  # fmt: skip
    _unzip(next(work.glob("*.jar")), out)


def _go(name: str, work: Path, out: Path) -> None:
    told = json.loads(_client(["go", "mod", "download", "-json", name], work, GOFLAGS="-mod=mod", GOTOOLCHAIN="local"))
    shutil.copytree(told["Dir"], out, dirs_exist_ok=True, copy_function=shutil.copyfile)
    for here, _, _ in os.walk(out):
        Path(here).chmod(0o755)


def _debian(name: str, work: Path, out: Path) -> None:
    _client(["apt-get", "download", "-q", name], work)
    _client(["dpkg-deb", "-x", str(next(work.glob("*.deb"))), str(out)], work)


def _source(name: str, work: Path, out: Path) -> None:
    """Debian's sources; their list is one of our own, so that the system's settings stay as they are."""
    state = Path(tempfile.gettempdir()) / "diagnose-apt"
    (state / "lists/partial").mkdir(parents=True, exist_ok=True)
    listed = state / "sources.list"
    options = ["-o", f"Dir::Etc::SourceList={listed}", "-o", "Dir::Etc::SourceParts=-", "-o", f"Dir::State::Lists={state}/lists"]
    if not listed.exists():
        listed.write_text("deb-src http://deb.debian.org/debian bookworm main\n")
        _client(["apt-get", "-q", *options, "update"], work)
    _client(["apt-get", "-q", *options, "-o", "APT::Sandbox::User=root", "source", "--download-only", name], work)
    archive = next(path for path in work.iterdir() if re.search(r"\.orig\.tar\.\w+$|(?<!debian)\.tar\.\w+$", path.name))
    _untar(archive, out)
    _hoist(out)


_CLIENTS: Mapping[str, Callable[[str, Path, Path], None]] = {
    "npm": _npm, "pypi": _pypi, "maven": _maven, "go": _go, "debian": _debian, "source": _source,
}  # fmt: skip


def _untar(archive: Path, out: Path) -> None:
    with tarfile.open(archive) as tar:
        tar.extractall(out, filter="data")


def _unzip(archive: Path, out: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(out)


def _hoist(out: Path) -> None:
    """Of an archive with one folder at its top, that folder's files."""
    top = list(out.iterdir())
    if len(top) == 1 and top[0].is_dir():
        top[0].rename(out.parent / "top")
        out.rmdir()
        (out.parent / "top").rename(out)


def main() -> int:
    """Fetch all of them; those that cannot be had are told."""
    base, missing = Path(sys.argv[1]), 0
    for package in packages(sys.argv[2:]):
        try:
            print(fetch(package, base), flush=True)
        except FetchError as error:
            missing += 1
            print(f"error: {error}", file=sys.stderr, flush=True)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
