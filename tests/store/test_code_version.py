"""The version of the code follows its files, wherever they lie."""

import shutil
import tomllib
from pathlib import Path

from workers.version import ROOMS, code_version, digest_of

ROOT = Path(__file__).parents[2]


def test_the_version_changes_with_any_file_and_not_with_the_place(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        (folder / "rules").mkdir(parents=True)
        (folder / "rules" / "a.py").write_text("A = 1\n")
    assert digest_of(one) == digest_of(two)
    (one / "rules" / "__pycache__").mkdir()
    (one / "rules" / "__pycache__" / "a.py").write_text("what Python left there")
    (one / "notes.py").write_text("no part of the product")
    assert digest_of(one) == digest_of(two)
    shutil.move(two / "rules" / "a.py", two / "rules" / "b.py")
    assert digest_of(one) != digest_of(two)
    (one / "rules" / "a.py").write_text("A = 2\n")
    assert len({digest_of(one), digest_of(two)}) == 2
    assert code_version() == f"0.1.0+{digest_of(ROOT)}"


def test_every_room_of_the_package_counts() -> None:
    packaged = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {name.rstrip("*") for name in packaged} == set(ROOMS)
