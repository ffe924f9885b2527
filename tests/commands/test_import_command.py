"""`flask --app app import`: every file described, without a setting, a database or a secret."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.commands.operator import ROOT

SAMPLES = ROOT / "tests/pix/samples"
FILES = sorted(map(str, SAMPLES.glob("*.csv")))


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in an environment without any of our settings."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "flask", "--app", "app", "import", *arguments],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("PIXLTI_")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_json_prints_one_object_a_file() -> None:
    done = run("--json", "--dry-run", *FILES)
    assert (done.returncode, done.stderr) == (0, "")
    described = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(each["kind"], each["language"], each["rows_read"]) for each in described] == [
        ("certification", "fr", 7),
        ("profiles_collection", "fr", 10),
        ("assessment", "fr", 6),
    ]
    profile = described[1]["rows"][0]
    assert (profile["line"], profile["outcome"], profile["instant"]) == (
        2,
        "unknown_person",
        "2026-11-14T17:42:00Z",
    )
    assert (profile["total_pix"], profile["levels"]["1.1"], profile["pix"]["5.2"]) == (357, 3, 17)
    assert len(profile["levels"]) == len(profile["pix"]) == 16
    assert described[1]["rows"][5]["outcome"] == "not_sent"
    assert set(described[1]["rows"][5]["pix"].values()) == {None}
    assert (described[0]["rows"][0]["status"], described[0]["rows"][0]["score"]) == ("validated", 412)
    assert "2008" not in json.dumps(described[0])  # no birth data


def test_a_rejected_line_is_told_with_its_place_and_is_exit_1(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    sample = (SAMPLES / "Resultats-PIX-L1-CC1-2026-512345-2026-11-20-1830.csv").read_text("utf-8-sig")
    bad.write_text(sample.replace(";357;", ";beaucoup;", 1), encoding="utf-8")
    done = run(str(bad))
    assert done.returncode == 1
    assert "10 lines: 2 not_sent, 7 unknown_person, 1 rejected" in done.stdout
    assert "Line 2, column “Nombre de pix total”" in done.stdout
    assert "Nothing was stored" in done.stderr


def test_a_file_that_cannot_be_read_is_exit_2_and_the_others_are_read(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a;b\n1;2\n", encoding="utf-8")
    done = run("--json", str(other), FILES[0])
    assert done.returncode == 2
    described = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(each["is_read"], each["rows_read"]) for each in described] == [(False, 0), (True, 7)]
    assert "Nombre de pix total" in described[0]["problems"][0]["message"]["fr"]


def test_what_has_nothing_to_read_is_told_and_is_no_error(tmp_path: Path) -> None:
    archive, empty = tmp_path / "export.zip", tmp_path / "nobody-yet.csv"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.write(FILES[0], "dossier/session.csv")
        opened.writestr("__MACOSX/dossier/._session.csv", b"\0\x05\x16\x07")
    empty.write_bytes(Path(FILES[1]).read_bytes().partition(b"\n")[0] + b"\n")
    done = run("--json", str(archive), str(empty))
    assert done.returncode == 0
    described = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(each["rows_read"], [problem["code"] for problem in each["problems"]]) for each in described] == [
        (7, []),
        (0, ["companion"]),
        (0, ["header_only"]),
    ]


def test_files_of_one_name_are_told_by_their_paths(tmp_path: Path) -> None:
    paths = []
    for folder in ("cc1", "cc2"):
        (tmp_path / folder).mkdir()
        paths.append(tmp_path / folder / "export.csv")
        paths[-1].write_bytes(Path(FILES[1]).read_bytes())
    done = run("--json", *map(str, paths), FILES[0])
    assert [json.loads(line)["file"] for line in done.stdout.splitlines()] == [
        *map(str, paths),
        Path(FILES[0]).name,
    ]


def test_every_row_of_every_kind_has_the_same_keys(tmp_path: Path) -> None:
    hurt = tmp_path / "hurt.csv"
    hurt.write_bytes(Path(FILES[0]).read_bytes().replace("Validée".encode(), b"Autre", 1))
    done = run("--json", *FILES, str(hurt))
    rows = [row for line in done.stdout.splitlines() for row in json.loads(line)["rows"]]
    always = set.intersection(*(set(row) for row in rows))
    assert {
        *("line", "outcome", "reason", "first_name", "last_name", "external_id", "student_number", "instant"),
        *("total_pix", "levels", "pix", "status", "score", "global_level", "warnings"),
    } <= always
    assert [row["last_name"] for row in rows if row["outcome"] == "rejected"] == ["Bélanger-Noël"]
