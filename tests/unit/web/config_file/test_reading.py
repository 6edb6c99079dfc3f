"""The web configuration file is read as the toolkit does, and refused where that would be weak."""

from __future__ import annotations

import contextlib
import json
import ssl
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.errors import Exit, WebConfigError
from exporter.web.config_file import read
from exporter.web.config_file.models import Document, TlsServer
from tests.certificates import corpus, weak

FIXTURES = Path(__file__).parents[2] / "fixtures" / "web_config"
DOCUMENT = Path(__file__).parents[4] / "docs" / "web-configuration.md"
GOOD = sorted(FIXTURES.glob("accepted/*.yml")) + sorted(FIXTURES.glob("newer/*.yml"))
BAD = sorted(FIXTURES.glob("refused/*.yml")) + sorted(FIXTURES.glob("stricter/*.yml"))
PAIR = "cert_file: server.crt, key_file: server.key"
BEGIN, END = "-----BEGIN CERTIFICATE-----\n", "\n-----END CERTIFICATE-----\n"
HASH = "$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with the certificates that the fixtures name."""
    made = tmp_path_factory.mktemp("web-config")
    corpus(made)
    return made


def written(directory: Path, text: str) -> Path:
    """The text as a configuration file beside the certificates."""
    path = directory / "web.yml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("fixture", GOOD, ids=lambda path: path.stem)
def test_good_files_are_read(directory: Path, fixture: Path) -> None:
    """What the toolkit accepts, and can be had here, is accepted."""
    read(written(directory, fixture.read_text()))


@pytest.mark.parametrize("fixture", BAD, ids=lambda path: path.stem)
def test_bad_files_are_refused_by_name(directory: Path, fixture: Path) -> None:
    """What is wrong is told in lines that name the file, and shows no hash or key."""
    path = written(directory, fixture.read_text())
    with pytest.raises(WebConfigError) as caught:
        read(path)
    lines = str(caught.value).splitlines()
    assert lines
    assert all(line.startswith(f"{path}: ") for line in lines)
    assert "$2y$" not in str(caught.value)
    assert caught.value.exit_code == Exit.USAGE


def test_the_example_of_the_documentation_is_good(directory: Path) -> None:
    """The file that docs/web-configuration.md shows is accepted as it stands."""
    shown = DOCUMENT.read_text().split("```yaml\n")[1].split("```")[0]
    (directory / "clients.crt").write_bytes((directory / "ca.crt").read_bytes())
    web = read(written(directory, shown))
    assert web.tls is not None
    assert list(web.users) == ["prometheus"]


@pytest.mark.parametrize("folder", ["stricter", "newer"])
def test_deviations_have_a_reason(folder: str) -> None:
    """Each file on which we differ from the toolkit says why in its first line."""
    for path in FIXTURES.glob(f"{folder}/*.yml"):
        assert path.read_text().startswith("# "), path


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("tls_server_config: {cert_file: a}", ["tls_server_config: neither key_file nor key"]),
        (
            "tls_server_config: {min_version: x, max_version: y, cert_fle: z}",
            [
                "tls_server_config.min_version: is not one of 'TLS12' or 'TLS13'",
                "tls_server_config.max_version: is not one of",
                "tls_server_config.cert_fle: unknown key",
            ],
        ),
        (
            "tls_server_config: {cert_file: a.crt, key_file: b.key}",
            ["tls_server_config.cert_file: a.crt: no such", "tls_server_config.key_file: b.key"],
        ),
        ("basic_auth_users: {a: b, c: d}", ["basic_auth_users.a: is no", "basic_auth_users.c: is"]),
        ("basic_auth_users:\n  a: b\n  a: c", ["line 3: a is there twice"]),
        ("rate_limit: {interval: 1s, burst: 5}", ["rate_limit.interval: rate limits are not"]),
        (
            "tls_server_config: {cert: x, cert_file: server.crt, key_file: server.key}",
            ["tls_server_config: cert and cert_file are both given; give one of them"],
        ),
        (
            f"tls_server_config: {{{PAIR}, client_allowed_sans: []}}",
            [
                "tls_server_config: client_allowed_sans does nothing",
                "tls_server_config: client_allowed_sans names nobody",
            ],
        ),
    ],
)
def test_every_problem_is_a_line(directory: Path, text: str, problems: list[str]) -> None:
    """Several mistakes are several lines, each with the key and what to do."""
    path = written(directory, text)
    with pytest.raises(WebConfigError) as caught:
        read(path)
    lines = str(caught.value).splitlines()
    assert len(lines) == len(problems)
    for line, problem in zip(lines, problems, strict=True):
        assert line.startswith(f"{path}: {problem}")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A wrong path is told in one line."""
    with pytest.raises(WebConfigError, match=r"nowhere\.yml: no such file or directory$"):
        read(tmp_path / "nowhere.yml")


def test_a_binary_file(tmp_path: Path) -> None:
    """A file that is no text is told as such."""
    (tmp_path / "web.yml").write_bytes(b"\x80\x81")
    with pytest.raises(WebConfigError, match="not a text file"):
        read(tmp_path / "web.yml")


@pytest.mark.parametrize(
    ("key", "content", "problem"),
    [
        ("cert_file", BEGIN + "AAAA" + END, "key_file: holds no private key, or cert_file no"),
        (
            "key_file",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "key_file: ",
        ),
        ("client_ca_file", BEGIN + "AAAA" + END, "client_ca_file: holds no certificate of an"),
        ("client_ca_file", "", "client_ca_file: holds no certificate of an authority"),
    ],
)
def test_files_that_only_look_right(directory: Path, key: str, content: str, problem: str) -> None:
    """A file with the frame of PEM and nothing good in it is told by its key."""
    (directory / "odd").write_text(content)
    files = {"cert_file": "server.crt", "key_file": "server.key", "client_ca_file": "ca.crt"}
    lines = [f"  {name}: {file}" for name, file in (files | {key: "odd"}).items()]
    text = "\n".join(["tls_server_config:", "  client_auth_type: VerifyClientCertIfGiven", *lines])
    with pytest.raises(WebConfigError, match=f"tls_server_config.{problem}"):
        read(written(directory, text))


def test_a_weak_key_is_told(directory: Path) -> None:
    """What OpenSSL refuses is told in its words."""
    weak(directory)
    text = "tls_server_config: {cert_file: weak.crt, key_file: weak.key}"
    with pytest.raises(WebConfigError, match=r"key_file: OpenSSL refuses it .*: ee key too small"):
        read(written(directory, text))


SCALARS = (
    st.sampled_from(["", "~", "x", "true", "1", "server.crt", "[", "*a", "!!int 3"]) | st.text()
)
KEYS = st.sampled_from(
    [*Document.model_fields, *TlsServer.model_fields, "http2", "headers", "interval", "? [a]"]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.text() | VALUES.map(json.dumps) | VALUES.map(str))
def test_no_file_breaks_it(directory: Path, text: str) -> None:
    """Whatever stands in the file, it is a configuration or a WebConfigError."""
    path = directory / "any.yml"
    path.write_text(text, encoding="utf-8", errors="replace")
    with contextlib.suppress(WebConfigError):
        read(path)


def test_inline_certificates(directory: Path) -> None:
    """Certificate, key and authority may stand in the file itself."""
    parts = {"cert": "server.crt", "key": "server.key", "client_ca": "ca.crt"}
    lines = ["tls_server_config:", "  client_auth_type: RequireAndVerifyClientCert"]
    for key, name in parts.items():
        lines += [f"  {key}: |", *(f"    {line}" for line in _lines(directory / name))]
    tls = read(written(directory, "\n".join(lines))).tls
    assert tls is not None
    assert tls.context.verify_mode is ssl.CERT_REQUIRED
    assert len(tls.context.get_ca_certs()) == 1


def test_defaults_are_those_of_the_toolkit(directory: Path) -> None:
    """TLS 1.2 and 1.3, the server's order of suites, no client certificates."""
    tls = read(written(directory, f"tls_server_config: {{{PAIR}}}")).tls
    assert tls is not None
    assert tls.context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert tls.context.maximum_version is ssl.TLSVersion.TLSv1_3
    assert tls.context.options & ssl.OP_CIPHER_SERVER_PREFERENCE
    assert tls.context.verify_mode is ssl.CERT_NONE
    assert not tls.asks_for_certificates


def test_suites_of_tls_13_alone_mean_tls_13(directory: Path) -> None:
    """Where no suite of TLS 1.2 is named, TLS 1.2 is not spoken."""
    text = f"tls_server_config: {{{PAIR}, cipher_suites: [TLS_AES_128_GCM_SHA256]}}"
    tls = read(written(directory, text)).tls
    assert tls is not None
    assert tls.context.minimum_version is ssl.TLSVersion.TLSv1_3


def test_authorities_with_words_between_them(directory: Path) -> None:
    """A bundle may hold comments in any language around its certificates."""
    bundle = "Zertifizierungsstelle für alle\n".encode() + (directory / "ca.crt").read_bytes()
    (directory / "bundle.crt").write_bytes(bundle)
    asking = "client_auth_type: VerifyClientCertIfGiven, client_ca_file: bundle.crt"
    text = f"tls_server_config: {{{PAIR}, {asking}}}"
    tls = read(written(directory, text)).tls
    assert tls is not None
    assert len(tls.context.get_ca_certs()) == 1


def test_secrets_are_not_in_the_representation(directory: Path) -> None:
    """Whoever logs the configuration logs no hash and no digest."""
    shown = repr(read(written(directory, f"basic_auth_users: {{alice: {HASH}}}")))
    assert HASH not in shown
    assert "alice" not in shown


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines()
