"""The Helm chart is in order for Helm, for Kubernetes and for KEDA, and keeps what the handbook says of it."""

import re
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from deploy.release.tree import version
from tests.deploy.render import CHART, CITIES, GOLDEN, VALUES, helm, rendered, template
from tests.deploy.tools import keda
from workers.cases import _GRACE as GRACE
from workers.process import QUEUES

pytestmark = pytest.mark.needs_go(reason="only Helm can say whether a chart is in order")
OLDEST, NEWEST = "1.30", kubernetes_validate.latest_version()
SCALED = set(QUEUES) - {"notices"}


@pytest.fixture(scope="module", params=CITIES)
def resources(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    return rendered(request.param)


@pytest.fixture(scope="module")
def city() -> list[dict[str, Any]]:
    return rendered("city")


def of_kind(resources: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    """Those of a kind, by what they are part of."""
    found = [one for one in resources if one["kind"] == kind]
    return {one["metadata"]["labels"].get("app.kubernetes.io/component", one["metadata"]["name"]): one for one in found}


def pods(resources: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What a deployment or a job starts, by what it is part of."""
    found = of_kind(resources, "Deployment") | of_kind(resources, "Job")
    return {part: one["spec"]["template"]["spec"] for part, one in found.items()}


@pytest.mark.parametrize("values", CITIES)
def test_helm_finds_nothing_amiss(values: str) -> None:
    said = helm("lint", "--strict", CHART, "--values", VALUES / f"{values}.yaml")
    assert said.returncode == 0, said.stdout
    assert "[WARNING]" not in said.stdout


@pytest.mark.parametrize("values", CITIES)
def test_what_is_rendered_is_what_was_looked_at(values: str) -> None:
    """After a change of the chart: `python -m tests.deploy.render`, and read what it changed."""
    assert template(values).stdout == (GOLDEN / f"{values}.yaml").read_text()


@pytest.mark.parametrize("kubernetes", [OLDEST, NEWEST])
def test_kubernetes_takes_every_resource(resources: list[dict[str, Any]], kubernetes: str) -> None:
    for one in resources:
        if not one["apiVersion"].startswith("keda.sh/"):
            kubernetes_validate.validate(one, kubernetes, strict=True)


def test_keda_takes_its_resources(city: list[dict[str, Any]]) -> None:
    ours = [one for one in city if one["apiVersion"] == "keda.sh/v1alpha1"]
    assert len(ours) == 1 + len(SCALED)
    for one in ours:
        jsonschema.validate(one, _closed(_schema(keda(), one["kind"])))


def test_the_scaler_of_temporal_knows_every_word_that_it_is_given(city: list[dict[str, Any]]) -> None:
    source = (keda() / "pkg" / "scalers" / "temporal_scaler.go").read_text()
    known = re.findall(r'keda:"name=(\w+),\s*order=(\w+)', source)
    for one in of_kind(city, "ScaledObject").values():
        (trigger,) = one["spec"]["triggers"]
        assert trigger["metadata"].keys() <= {name for name, place in known if place == "triggerMetadata"}
    (access,) = of_kind(city, "TriggerAuthentication").values()
    told = {one["parameter"] for one in access["spec"]["secretTargetRef"]}
    assert told == {"ca", "cert", "key"} <= {name for name, place in known if place == "authParams"}


def test_each_queue_has_its_worker_and_never_none(city: list[dict[str, Any]]) -> None:
    workers, scaled = of_kind(city, "Deployment"), of_kind(city, "ScaledObject")
    assert workers.keys() == {"web", *(f"worker-{queue}" for queue in QUEUES)}
    assert scaled.keys() == {f"worker-{queue}" for queue in SCALED}
    for queue in QUEUES:
        (container,) = workers[f"worker-{queue}"]["spec"]["template"]["spec"]["containers"]
        assert container["args"] == ["worker", queue]
    for part, one in scaled.items():
        spec = one["spec"]
        assert spec["scaleTargetRef"]["name"] == workers[part]["metadata"]["name"]
        assert "replicas" not in workers[part]["spec"], "Helm would undo what KEDA did"
        assert spec["triggers"][0]["metadata"]["taskQueue"] == part.removeprefix("worker-")
        assert 1 <= spec["minReplicaCount"] <= spec["fallback"]["replicas"] <= spec["maxReplicaCount"]
        assert "idleReplicaCount" not in spec


def test_one_worker_of_notices_keeps_the_signed_heads_on_the_shared_disk(resources: list[dict[str, Any]]) -> None:
    one = of_kind(resources, "Deployment")["worker-notices"]["spec"]
    (container,) = one["template"]["spec"]["containers"]
    (heads,) = [variable["value"] for variable in container["env"] if variable["name"] == "RECTIFY_HEADS"]
    (disk,) = [mount["mountPath"] for mount in container["volumeMounts"] if mount["name"] == "shared"]
    assert (one["replicas"], Path(heads).is_relative_to(disk)) == (1, True)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("workers.cases.min=0", "/workers/cases/min"),
        ("workers.imports.max=0", "/workers/imports/max"),
        ("workers.cases.max=1", "workers.cases: max is less than min"),
        ("notices.replicas=2", "replicas"),
        ("drainSeconds=10", "/drainSeconds"),
        ("web.host=", "/web/host"),
        ("web.proxies=null", "proxies"),
        ("temporal.address=", "temporal.address"),
        ("settings.HOME=x", "HOME"),
        ("workers.cases.maximum=9", "maximum"),
    ],
)
def test_values_of_no_use_are_refused_by_name(wrong: str, told: str) -> None:
    said = template("city", "--set", wrong)
    assert said.returncode != 0
    assert told in said.stderr


def test_a_pod_has_time_to_finish_what_it_has_begun(resources: list[dict[str, Any]]) -> None:
    for one in of_kind(resources, "Deployment").values():
        pod = one["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        waits = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        assert pod["terminationGracePeriodSeconds"] - waits > GRACE.total_seconds() + 10
        assert one["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}


def test_nobody_is_root_or_writes_into_the_image(resources: list[dict[str, Any]]) -> None:
    for pod in pods(resources).values():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        for container in (*pod["containers"], *pod["initContainers"]):
            has = container["securityContext"]
            assert (has["readOnlyRootFilesystem"], has["allowPrivilegeEscalation"]) == (True, False)
            assert has["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["limits"]["memory"]


def test_no_secret_is_rendered_and_each_part_has_the_file_that_it_needs(city: list[dict[str, Any]]) -> None:
    assert not of_kind(city, "Secret")
    given = {
        part: {volume["secret"]["secretName"] for volume in pod["volumes"] if "secret" in volume}
        for part, pod in pods(city).items()
    }
    assert (given.pop("migrate"), given.pop("worker-notices")) == ({"rectify-owner"}, {"rectify-notices"})
    assert set().union(*given.values()) == {"rectify-machine"}


def test_everybody_gives_way_one_at_a_time(resources: list[dict[str, Any]]) -> None:
    budgets = of_kind(resources, "PodDisruptionBudget")
    assert budgets.keys() == of_kind(resources, "Deployment").keys()
    assert {one["spec"]["maxUnavailable"] for one in budgets.values()} == {1}


def test_nothing_is_open_to_the_network_but_what_is_named(city: list[dict[str, Any]]) -> None:
    policies = {one["metadata"]["name"]: one["spec"] for one in city if one["kind"] == "NetworkPolicy"}
    whole = policies.pop("city-rectify")
    assert whole["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in whole
    assert [rule["ports"][0]["port"] for rule in whole["egress"]] == [53, 5432, 7233, 443]
    opened = {name: (one["ingress"][0]["ports"][0]["port"], one["policyTypes"]) for name, one in policies.items()}
    assert opened == {"city-rectify-web": (8780, ["Ingress"]), "city-rectify-metrics": (9464, ["Ingress"])}


def test_the_chart_is_of_this_version() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["version"] == chart["appVersion"] == version()


def _schema(sources: Path, kind: str) -> dict[str, Any]:
    file = sources / "config" / "crd" / "bases" / f"keda.sh_{kind.lower()}s.yaml"
    (told,) = yaml.safe_load(file.read_text())["spec"]["versions"]
    return told["schema"]["openAPIV3Schema"]


def _closed(schema: Any) -> Any:
    """The same, taking no word that it does not name: a cluster would drop that word without a sound."""
    if isinstance(schema, list):
        return [_closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {name: _closed(one) for name, one in schema.items()}
    if "properties" in schema and "additionalProperties" not in schema:
        shut["additionalProperties"] = False
    return shut
