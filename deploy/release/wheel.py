"""The wheel: every file of the product's rooms, so that no checkout is needed beside it: `… wheel FOLDER`."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.release.tree import export, source_date


def build_wheel(into: Path) -> Path:
    """Build it from a copy of the checkout; where it lies. RuntimeError says what the build says."""
    with tempfile.TemporaryDirectory() as copy:
        pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
        built = Path(copy) / "built"
        said = subprocess.run(
            [*pip, "--disable-pip-version-check", "--wheel-dir", built, export(Path(copy) / "rectify")],
            env=source_date(),
            capture_output=True,
            text=True,
            check=False,
        )
        if said.returncode:
            raise RuntimeError(said.stderr.strip())
        (wheel,) = built.glob("*.whl")
        into.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy2(wheel, into))


if __name__ == "__main__":
    print(build_wheel(Path(sys.argv[1])))  # noqa: T201 -- run by make
