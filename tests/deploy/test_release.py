"""A release names one version everywhere, and says all that is in it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from deploy.release import check
from deploy.release.bundle import write_checksums
from deploy.release.sbom import bill, page_packages, python_packages, write_sbom
from deploy.release.tree import ROOT, version

INSTALLER = ROOT / "deploy" / "release" / "install.sh"


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return bill()


def test_the_bill_of_materials_names_every_package_of_both_locks(told: dict[str, Any]) -> None:
    named = {(one["purl"].split("/")[0], one["name"], one["version"]) for one in told["components"]}
    assert {("pkg:pypi", *one) for one in python_packages().items()} <= named
    assert {("pkg:npm", name, one["version"]) for name, one in page_packages().items()} <= {
        (kind.split("@")[0], name, pinned) for kind, name, pinned in named
    }
    assert len(python_packages()) > 60
    assert told["dependencies"][0]["dependsOn"] == [one["bom-ref"] for one in told["components"]]
    short = {**told, "components": [one for one in told["components"] if one["name"] != "temporalio"]}
    assert any("lacks temporalio" in trouble for trouble in check.bill_lacks(short))


def test_the_bill_of_materials_is_what_the_standard_says(tmp_path: Path) -> None:
    write_sbom(tmp_path / "sbom.json")
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str((tmp_path / "sbom.json").read_text())
    assert wrong is None


def test_nearly_every_package_tells_its_licence(told: dict[str, Any]) -> None:
    without = {
        one["name"] for one in told["components"] if one["purl"].startswith("pkg:pypi") and "licenses" not in one
    }
    assert without <= {"colorama", "tzdata"}, "only what is installed on other systems tells nothing here"


def test_version_tag_and_heading_are_one() -> None:
    assert list(check.names_differ("1.2.0", ["v1.2.0"], "1.2.0")) == []
    assert len(list(check.names_differ("1.2.0", ["v1.1.0"], "1.1.0"))) == 2


def test_chart_trial_and_upgrade_notes_are_of_this_version() -> None:
    assert [*check.chart_differs(version()), *check.not_upgradable(version())] == []
    assert len([*check.chart_differs("9.9.9"), *check.not_upgradable("9.9.9")]) == 4


def test_the_lock_of_the_pages_is_of_their_package_file() -> None:
    wanted = {"dependencies": {"htmx.org": "4.0.0"}}
    assert not list(check.pages_are_unlocked(wanted, {"packages": {"": wanted}}))
    assert list(check.pages_are_unlocked(wanted, {"packages": {"": {"dependencies": {"htmx.org": "3.0.0"}}}}))


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """As much of one as its installer looks at first."""
    folder = tmp_path / "bundle"
    (folder / "wheels").mkdir(parents=True)
    (folder / "rectify.txt").write_text(f"rectify=={version()} --hash=sha256:0\n")
    (folder / "requirements.txt").write_text("")
    (folder / "pythons.txt").write_text(f"{sys.version_info.major}.{sys.version_info.minor}\n")
    (folder / "install.sh").write_text(INSTALLER.read_text())
    write_checksums(folder)
    return folder


def install(bundle: Path, target: Path) -> subprocess.CompletedProcess[str]:
    env = {"PATH": "/usr/bin:/bin", "HOME": str(target), "PYTHON": sys.executable, "LANG": "C.UTF-8"}
    return subprocess.run(["sh", bundle / "install.sh", target], env=env, capture_output=True, text=True, check=False)


def test_a_damaged_bundle_is_not_installed(bundle: Path, tmp_path: Path) -> None:
    (bundle / "requirements.txt").write_text("something-else==1\n")
    said = install(bundle, tmp_path / "target")
    assert said.returncode == 1
    assert "requirements.txt" in said.stdout
    assert "安装包" in said.stderr
    assert not (tmp_path / "target").exists()


def test_a_machine_without_a_python_of_the_bundle_is_told_which(bundle: Path, tmp_path: Path) -> None:
    (bundle / "pythons.txt").write_text("2.7\n")
    write_checksums(bundle)
    said = install(bundle, tmp_path / "target")
    assert (said.returncode, "Python 2.7" in said.stderr) == (1, True)
    assert not (tmp_path / "target").exists()


def test_a_version_that_is_there_is_left_alone(bundle: Path, tmp_path: Path) -> None:
    there = tmp_path / "target" / version()
    there.mkdir(parents=True)
    (there / "installed").touch()
    said = install(bundle, tmp_path / "target")
    assert (said.returncode, str(there) in said.stderr) == (1, True)
    assert [one.name for one in there.iterdir()] == ["installed"]
