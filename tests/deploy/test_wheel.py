"""What is installed from a wheel lacks nothing that the checkout has."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from deploy.release.tree import ROOT, tracked, version
from deploy.release.wheel import build_wheel
from workers.version import ROOMS, digest_of

FOR_NPM = {"web/package.json", "web/package-lock.json", "web/.npmrc"}
"""What says which packages the pages want; the packages themselves are in the wheel."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder)
    return folder


def test_every_file_of_the_product_is_in_the_wheel_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        has = {name for name in packed.namelist() if not name.startswith(f"rectify-{version()}.dist-info/")}
    wanted = {name.as_posix() for name in tracked() if name.parts[0] in ROOMS} - FOR_NPM
    assert has == wanted | {"web/build/htmx.min.js", "web/build/tabler.min.css"}


def test_the_wheel_is_the_same_code_as_the_checkout(unpacked: Path) -> None:
    assert digest_of(unpacked) == digest_of(ROOT)


def test_what_was_installed_reads_its_own_files_and_none_of_a_checkout(unpacked: Path, tmp_path: Path) -> None:
    asks = (
        "from cli.files import CAMPAIGNS; from embedded.temporal import CONFIG; from store.migrate import MIGRATIONS\n"
        "from web import assets; from web.render import environment\n"
        "from embedded.settings import StackSettings; from embedded.temporal import dynamic_config\n"
        "from store.migrate import newest_revision\n"
        "assert not assets.missing() and newest_revision() and dynamic_config(StackSettings(), closed=True)\n"
        "environment().get_template('base.html'); assets.module('site', 'page.js')\n"
        "print(CAMPAIGNS, CONFIG, MIGRATIONS, sep='\\n')"
    )
    env = os.environ | {"PYTHONPATH": str(unpacked), "PYTHONDONTWRITEBYTECODE": "1"}
    said = subprocess.run(
        [sys.executable, "-P", "-c", asks], env=env, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert said.stderr == ""
    assert said.stdout.split() == [str(unpacked / one) for one in ("campaigns", "deploy/temporal", "store/migrations")]
