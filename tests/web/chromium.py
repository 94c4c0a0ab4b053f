"""A Chromium for the tests of the pages: named, found on the path, installed by apt as root, or by Playwright."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
if os.geteuid() == 0:
    FLAGS.append("--no-sandbox")
_SORRY = (
    "没有 Chromium：请安装 chromium 和中文字体，或用 RECTIFY_CHROMIUM 指明其程序。\n"
    "There is no Chromium: install chromium and a Chinese font, or name its program by RECTIFY_CHROMIUM."
)


def find() -> Path | None:
    """The program, if there is one."""
    if named := os.environ.get("RECTIFY_CHROMIUM"):
        return Path(named) if Path(named).is_file() else None
    on_path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    return Path(on_path) if on_path else _of_playwright()


def _of_playwright() -> Path | None:
    with sync_playwright() as playwright:
        program = Path(playwright.chromium.executable_path)
    return program if program.is_file() else None


def _install() -> None:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update", "-qq"], ["install", "-y", "-qq", "chromium", "fonts-noto-cjk"]):
            if subprocess.run(["apt-get", *words], env=env, stdout=subprocess.DEVNULL, check=False).returncode:
                return
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> int:
    """Find one or install one; 1 with what to do where neither works."""
    if "RECTIFY_CHROMIUM" not in os.environ and find() is None:
        sys.stderr.write("· installing Chromium  正在安装 Chromium\n")
        _install()
    program = find()
    sys.stderr.write(f"· {program}\n" if program else f"{_SORRY}\n")
    return 0 if program else 1


if __name__ == "__main__":
    sys.exit(main())
