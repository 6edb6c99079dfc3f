"""The manifests for Kubernetes, as values."""

from __future__ import annotations

from typing import Any

import yaml

from tests.integration.deploy.unit_file import REPOSITORY

KUBERNETES = REPOSITORY / "deploy" / "kubernetes"
MONITORING = KUBERNETES / "monitoring"

Manifest = dict[str, Any]  # Any: what a YAML file holds


def manifests() -> dict[str, Manifest]:
    """Every manifest, by kind and name."""
    files = sorted([*KUBERNETES.glob("*.yml"), *MONITORING.glob("*.yml")])
    documents = [each for file in files for each in yaml.safe_load_all(file.read_text()) if each]
    return {f"{each['kind']}/{each['metadata']['name']}": each for each in documents}


MANIFESTS = manifests()


def of_kind(kind: str) -> Manifest:
    """The exporter's manifest of a kind."""
    return MANIFESTS[f"{kind}/timesketch-exporter"]


POD: Manifest = of_kind("Deployment")["spec"]["template"]
CONTAINER: Manifest = POD["spec"]["containers"][0]
SETTINGS: Manifest = yaml.safe_load(of_kind("ConfigMap")["data"]["config.yml"])
SECRETS = "/run/secrets/timesketch-exporter"
"""Where the Secret's keys are files."""

SECRET_KEYS: dict[str, str] = {
    f"{group}.{key}": str(value).removeprefix(f"{SECRETS}/")
    for group, keys in SETTINGS.items()
    for key, value in keys.items()
    if str(value).startswith(SECRETS)
}
"""The keys of the Secret that settings name, by setting."""
