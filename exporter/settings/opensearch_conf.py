"""OpenSearch's address as timesketch.conf has it (Timesketch: lib/datastores/opensearch.py).

It is put together from several names there, so it is a URL only here. What the file computes is
left out without a word: unlike the other addresses, nobody has asked for this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from exporter.timesketch_conf import Assigned

_DEFAULT_PORT = 9200


def opensearch_settings(names: Mapping[str, Assigned]) -> dict[str, tuple[object, str, int]]:
    """Settings of the group `opensearch` by key, each with the name and line that it is from."""
    hosts = _known(names, "OPENSEARCH_HOSTS")
    name = "OPENSEARCH_HOSTS" if hosts else "OPENSEARCH_HOST"
    if not hosts and isinstance(_known(names, name), str):
        port = _known(names, "OPENSEARCH_PORT") or _DEFAULT_PORT
        hosts = [{"host": _known(names, name), "port": port}]
    nodes = list(_nodes(hosts, names))
    if not nodes:
        return {}
    found: dict[str, tuple[object, str, int]] = {"url": (";".join(nodes), name, names[name].line)}
    verify, authority = "OPENSEARCH_VERIFY_CERTS", "OPENSEARCH_CA_CERTS"
    if _known(names, verify) is False:
        found["verify-certs"] = ("false", verify, names[verify].line)
    if isinstance(_known(names, authority), str):
        found["ca-file"] = (_known(names, authority), authority, names[authority].line)
    return found


def _known(names: Mapping[str, Assigned], name: str) -> object:
    assigned = names.get(name)
    return assigned.value if assigned is not None and assigned.known else None


def _nodes(hosts: object, names: Mapping[str, Assigned]) -> Iterator[str]:
    user, password = _known(names, "OPENSEARCH_USER"), _known(names, "OPENSEARCH_PASSWORD")
    login = f"{quote(str(user), safe='')}:{quote(str(password), safe='')}@"
    scheme = "https" if _known(names, "OPENSEARCH_SSL") else "http"
    for node in hosts if isinstance(hosts, list | tuple) else ():
        if isinstance(node, dict) and isinstance(node.get("host"), str):
            place = f"{node['host']}:{node.get('port', _DEFAULT_PORT)}"
            yield f"{scheme}://{login if user and password else ''}{place}"
