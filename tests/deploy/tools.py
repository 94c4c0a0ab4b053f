"""Tools that say whether what a city's IT gets is in order: built into the cache, once a machine, where there is Go.

`python -m tests.deploy.tools` has them at hand before the tests begin.
"""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

from embedded.account import prepare_cache
from embedded.go_build import GoProgram, build, can_build, go_version
from embedded.progress import Voice
from embedded.settings import StackSettings

HELM = GoProgram(module="helm.sh/helm/v4", version="v4.3.2", packages={"helm": "cmd/helm"}, needs_go="1.26")
COMPOSE = GoProgram(
    module="github.com/compose-spec/compose-go/v2",
    version="v2.16.2",
    packages={"compose-spec": "cmd"},
    needs_go="1.24",
)
"""What `docker compose config` reads files by."""
PROMTOOL = GoProgram(
    module="github.com/prometheus/prometheus",
    version="v0.316.0",
    packages={"promtool": "cmd/promtool"},
    needs_go="1.26",
    tags="remove_all_sd",
)
"""By which Prometheus itself judges rules; without the discoveries of clouds, which it would compile for minutes."""
_ALL = (HELM, COMPOSE, PROMTOOL)
_KEDA = "github.com/kedacore/keda/v2@v2.20.1"


def tool(program: GoProgram) -> Path:
    """Where its program lies, built now if need be. StackError says why not."""
    settings = StackSettings()
    prepare_cache(settings, None)
    voice = Voice(settings, lambda line: print(f"· {line}", file=sys.stderr, flush=True))  # noqa: T201 -- minutes
    return build(program, settings.cache, voice) / next(iter(program.packages))


@cache
def can_have_tools() -> bool:
    """Whether each is here, or can be built."""
    if go_version() is None:
        return False
    cached = StackSettings().cache
    return all((cached / one.folder / name).exists() or can_build(one) for one in _ALL for name in one.packages)


@cache
def keda() -> Path:
    """KEDA's sources: they say what its resources and its scaler of Temporal take."""
    said = subprocess.run(["go", "mod", "download", "-json", _KEDA], capture_output=True, text=True, check=True)
    return Path(json.loads(said.stdout)["Dir"])


def main() -> None:
    """Build what is not there; without Go say so, and the tests that need it are left out."""
    if not can_have_tools():
        sys.stderr.write("· no Go: chart, compose and rules are not shown  没有 Go：不检查 chart、compose 和告警规则\n")
        return
    for one in _ALL:
        tool(one)
    keda()


if __name__ == "__main__":
    main()
