"""Settings come from flags, environment and files, in this order of strength."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from exporter.errors import SettingsError
from exporter.settings import Settings, load
from exporter.settings.catalogue import SETTINGS

FIXTURES = Path(__file__).parents[1] / "fixtures"
YAML = FIXTURES / "yaml"
CONF = FIXTURES / "timesketch_conf" / "written-out.conf"

NOT_A_DURATION = "is not a duration (write 15, 15s, 250ms, 1m30s, 24h or 1d)"
NOT_A_MAPPING = 'is not a mapping (write a JSON object such as {"visibility_timeout": 7200})'
NOT_A_PATH = "is not a path for metrics (it begins with / and is none of the exporter's own)"
NO_URL = "is not a URL (as redis://host:6379/0; a space is %20)"
COMPUTED = (
    "SQLALCHEMY_DATABASE_URI is computed, and this file is read without executing it; "
    "give the address by a flag, a variable or a file of its own"
)

DATABASE_URL = "postgresql://a:hunter2@db/timesketch"


def problems(flags: dict[str, str], environ: dict[str, str] | None = None) -> list[str]:
    """The lines of the error that loading ends with."""
    with pytest.raises(SettingsError) as caught:
        load(flags, environ or {})
    assert "hunter2" not in str(caught.value)
    return str(caught.value).splitlines()


def test_nothing_need_be_given() -> None:
    """Without any source every setting has its default and no address is known."""
    settings = load({}, {})
    assert settings == Settings()
    assert settings.scan.interval == 5.0
    assert settings.judge.stalled_after == 43200.0
    assert settings.broker.queues == ("celery",)
    assert settings.results_url is None


def test_missing_addresses_are_told_together() -> None:
    """Each missing address is a line that says how to give it."""
    with pytest.raises(SettingsError) as caught:
        load({}, {}).require_addresses("database", "broker")
    assert str(caught.value).splitlines() == [
        "no database address: give --database.url, --database.url-file or --timesketch.config",
        "no broker address: give --broker.url, --broker.url-file or --timesketch.config",
    ]
    with pytest.raises(SettingsError, match="no broker address"):
        _ = load({}, {}).broker_url


def test_stronger_sources_win() -> None:
    """A flag beats the variable, which beats the YAML file, which beats timesketch.conf."""
    flags = {"timesketch.config": str(CONF), "metrics.max-processing": "1"}
    environ = {
        "TIMESKETCH_EXPORTER_CONFIG__FILE": str(YAML / "all-kinds.yaml"),
        "TIMESKETCH_EXPORTER_METRICS__MAX_PROCESSING": "2",
        "TIMESKETCH_EXPORTER_METRICS__MAX_ORPHANS": "2",
        "TIMESKETCH_EXPORTER_JUDGE__GRACE": "",
    }
    settings = load(flags, environ)
    assert settings.metrics.max_processing == 1
    assert settings.metrics.max_orphans == 2
    assert settings.scan.interval == 90.0
    assert settings.broker_url == "redis://:hunter2@redis:6379/0"
    assert settings.database_url == "postgresql://timesketch:hunter2@postgres/timesketch"
    assert settings.judge.grace == 60.0


@pytest.mark.parametrize("kind", ["flag", "variable"])
def test_every_setting_can_be_a_flag_and_a_variable(kind: str) -> None:
    """Each declared setting is taken from its flag and from its variable."""
    samples = {
        "DURATION": "7s",
        "NUMBER": "7",
        "LIST": "x,y",
        "JSON": '{"a": 1}',
        "SHARE": "0.7",
        "URL": "a://b",
    }
    own = {
        "repair.protected-sketches": "7,8",
        "repair.uploads": "/uploads",
        "timesketch.external-url": "https://timesketch.example.org",
        "web.listen-address": "[::1]:1",
        "web.telemetry-path": "/m",
        "web.config.file": "web.yml",
        "web.trusted-header": "X-Forwarded-User",
        "web.trusted-proxies": "10.0.0.0/8,::1",
        "web.external-url": "https://x.example.org/a",
        "web.route-prefix": "/b",
    }
    left_out = {"config.file", "timesketch.config"}
    chosen = [
        setting
        for setting in SETTINGS
        if setting.name not in left_out and not setting.name.endswith("-file")
    ]
    values = {
        setting.name: own.get(setting.name)
        or samples.get(setting.kind)
        or next(choice for choice in setting.choices if choice != setting.default)
        for setting in chosen
    }
    variables = {setting.variable: values[setting.name] for setting in chosen}
    settings = load(values, {}) if kind == "flag" else load({}, variables)
    defaults = Settings()
    for setting in chosen:
        given = getattr(getattr(settings, setting.group), setting.field)
        assert given != getattr(getattr(defaults, setting.group), setting.field), setting.name


def test_a_name_that_the_ecosystem_has_fixed(tmp_path: Path) -> None:
    """The web configuration file is named as for every exporter, as flag and as YAML key."""
    path = tmp_path / "exporter.yaml"
    path.write_text("web: {config.file: web.yml}")
    for given in ({"web.config.file": "web.yml"}, {"config.file": str(path)}):
        assert load(given, {}).web.config_file == Path("web.yml")
    variable = {"TIMESKETCH_EXPORTER_WEB__CONFIG_FILE": "web.yml"}
    assert load({}, variable).web.config_file == Path("web.yml")
    path.write_text("web: {config-file: web.yml}")
    with pytest.raises(SettingsError, match=r"web.config-file \(did you mean web.config.file\?\)"):
        load({"config.file": str(path)}, {})


def test_values_from_yaml_have_their_types() -> None:
    """Lists, mappings, numbers and durations can be written as YAML has them."""
    settings = load({"config.file": str(YAML / "all-kinds.yaml")}, {})
    assert settings.broker.queues == ("celery", "plaso")
    assert settings.broker.transport_options == {"visibility_timeout": 7200}
    assert settings.database.timeout == 2.0
    assert settings.scan.interval == 90.0
    assert (settings.web.host, settings.web.port) == ("127.0.0.1", 19808)


def test_an_address_file_holds_the_url(tmp_path: Path) -> None:
    """The first line of a url-file is the address, without the blanks around it."""
    file = tmp_path / "url"
    file.write_text(f"\n  {DATABASE_URL}  \nmore\n")
    assert load({"database.url-file": str(file)}, {}).database_url == DATABASE_URL


def test_an_address_file_beats_timesketch_conf(tmp_path: Path) -> None:
    """timesketch.conf gives only the addresses that nothing else gives."""
    file = tmp_path / "url"
    file.write_text(DATABASE_URL)
    environ = {
        "TIMESKETCH_SETTINGS": str(CONF),
        "TIMESKETCH_EXPORTER_DATABASE__URL_FILE": str(file),
    }
    settings = load({}, environ)
    assert settings.database_url == DATABASE_URL
    assert settings.broker_url == "redis://redis:6379"


def test_a_computed_value_hurts_only_where_it_is_needed() -> None:
    """What timesketch.conf computes is an error unless something else gives it."""
    conf = FIXTURES / "timesketch_conf" / "database-from-the-environment.conf"
    (line,) = problems({"timesketch.config": str(conf)})
    assert line == f"--timesketch.config: {conf}, line 4: {COMPUTED}"
    settings = load({"timesketch.config": str(conf), "database.url": DATABASE_URL}, {})
    assert settings.broker_url == "redis://redis:6379"


def test_timesketch_conf_gives_transport_options() -> None:
    """Options that timesketch.conf hands to Celery are taken, whoever gives the addresses."""
    conf = str(FIXTURES / "timesketch_conf" / "transport-options.conf")
    flags = {"timesketch.config": conf, "broker.url": "redis://127.0.0.1:6379"}
    settings = load(flags, {})
    assert settings.broker_url == "redis://127.0.0.1:6379"
    assert settings.broker.transport_options["global_keyprefix"] == "ts:"
    assert settings.results.transport_options == {"master_name": "mymaster", "db": -1}
    own = load({**flags, "broker.transport-options": "{}"}, {})
    assert own.broker.transport_options == {}
    assert own.results.transport_options == {"master_name": "mymaster", "db": -1}


def test_a_wrong_address_in_timesketch_conf_names_its_line(tmp_path: Path) -> None:
    """An address that is no URL is told with the file and line it stands on."""
    conf = tmp_path / "timesketch.conf"
    conf.write_text('CELERY_BROKER_URL = "hunter2"\n')
    assert problems({"timesketch.config": str(conf)}) == [
        f"{conf}, line 1: CELERY_BROKER_URL: {NO_URL}"
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "no such file or directory"),
        (b"", "is empty; its first line should be the URL"),
        (b"\n \n", "is empty; its first line should be the URL"),
        (b"\xff\xfe", "is not a text file"),
    ],
)
def test_an_unusable_address_file_is_told(
    tmp_path: Path, content: bytes | None, problem: str
) -> None:
    """A url-file that is missing, empty or no text is one line that names it."""
    file = tmp_path / "url"
    if content is not None:
        file.write_bytes(content)
    (line,) = problems({"broker.url-file": str(file)})
    assert line.startswith(f"--broker.url-file: {file}")
    assert line.endswith(problem)


def test_an_address_and_its_file_together_are_refused() -> None:
    """Which of url and url-file is meant is not guessed."""
    environ = {"TIMESKETCH_EXPORTER_BROKER__URL": "redis://:hunter2@h"}
    assert problems({"broker.url-file": "/run/secrets/broker"}, environ) == [
        "TIMESKETCH_EXPORTER_BROKER__URL and --broker.url-file are both given; give one of them"
    ]


def test_unknown_variables_are_told_with_the_nearest() -> None:
    """A misspelt variable is an error, not silence."""
    environ = {"TIMESKETCH_EXPORTER_BROKER__ULR": "redis://:hunter2@h", "HOME": "/"}
    (line,) = problems({}, environ)
    assert line.startswith("unknown variable TIMESKETCH_EXPORTER_BROKER__ULR")
    assert line.endswith(" (did you mean TIMESKETCH_EXPORTER_BROKER__URL?)")


def test_the_variables_of_kubernetes_services_are_no_mistake() -> None:
    """A Service named timesketch-exporter puts variables of that prefix into every container."""
    prefix = "TIMESKETCH_EXPORTER"
    environ = {
        f"{prefix}_SERVICE_HOST": "10.0.0.1",
        f"{prefix}_SERVICE_PORT": "19808",
        f"{prefix}_SERVICE_PORT_METRICS": "19808",
        f"{prefix}_PORT": "tcp://10.0.0.1:19808",
        f"{prefix}_PORT_19808_TCP": "tcp://10.0.0.1:19808",
        f"{prefix}_PORT_19808_TCP_ADDR": "10.0.0.1",
    }
    assert load({}, environ) == Settings()


def test_the_variables_of_tsctl_are_no_mistake() -> None:
    """Who uses `tsctl stuck-timelines` in the same shell may have set its variables."""
    prefix = "TIMESKETCH_EXPORTER_API"
    environ = {f"{prefix}_URL": "http://exporter:19808", f"{prefix}_TOKEN_FILE": "/etc/token"}
    assert load({}, environ) == Settings()


def test_every_wrong_value_is_a_line_that_names_its_source() -> None:
    """All wrong values are told at once, each with the place it came from."""
    file = YAML / "wrong-values.yaml"
    flags = {"config.file": str(file), "log.format": "xml", "judge.grace": "0"}
    environ = {"TIMESKETCH_EXPORTER_RESULTS__URL": "hunter2"}
    found = [line.removeprefix(f"{file}: ") for line in problems(flags, environ)]
    assert sorted(found) == sorted(
        [
            "database.timeout: 0 is not greater than 0",
            "broker.queues: [] names nothing",
            f"broker.transport-options: {NOT_A_MAPPING}",
            f"scan.interval: 'soon' {NOT_A_DURATION}",
            "web.listen-address: 19808 is not a text",
            f"web.telemetry-path: 'metrics' {NOT_A_PATH}",
            "metrics.max-orphans: 1.5 is not a whole number",
            "metrics.max-processing: 'many' is not a whole number",
            "log.level: 'loud' is not one of 'debug', 'info', 'warning' or 'error'",
            "--log.format: 'xml' is not one of 'logfmt' or 'json'",
            "--judge.grace: '0' is not greater than 0",
            f"TIMESKETCH_EXPORTER_RESULTS__URL: {NO_URL}",
        ]
    )


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("web.external-url", "example.org", False),
        ("web.external-url", "https://", False),
        ("web.external-url", "https://example.org/?q=1", False),
        ("web.external-url", "https://example.org:8443/exporter/", True),
        ("web.route-prefix", "exporter", False),
        ("web.route-prefix", "/a//b", False),
        ("web.route-prefix", "/..", False),
        ("web.route-prefix", "/a b", False),
        ("web.route-prefix", "/exporter/", True),
        ("web.trusted-header", "Authorization", False),
        ("web.trusted-header", "X User", False),
        ("web.trusted-header", "X-Forwarded-User", True),
        ("web.trusted-proxies", "proxy.example.org", False),
        ("web.trusted-proxies", "10.0.0.1/8", False),
        ("web.trusted-proxies", "10.0.0.0/8, ::1", True),
        ("web.telemetry-path", "/plans", False),
    ],
)
def test_how_the_server_is_reached(name: str, value: str, *, right: bool) -> None:
    """Addresses and headers that could not be meant are refused when they are given."""
    if right:
        assert load({name: value}, {}) != Settings()
    else:
        (problem,) = problems({name: value})
        assert problem.startswith(f"--{name}: ")


@pytest.mark.parametrize(
    ("external_url", "route_prefix", "prefix"),
    [
        ("", "", ""),
        ("https://example.org", "", ""),
        ("https://example.org/exporter/", "", "/exporter"),
        ("https://example.org/exporter", "/", ""),
        ("", "/a/b/", "/a/b"),
    ],
)
def test_the_prefix_is_that_of_the_url(external_url: str, route_prefix: str, prefix: str) -> None:
    """As in Prometheus, a proxy that takes the path away has route-prefix / beside it."""
    given = {"web.external-url": external_url, "web.route-prefix": route_prefix}
    settings = load({name: value for name, value in given.items() if value}, {})
    assert settings.web.prefix == prefix


@pytest.mark.parametrize("value", ["timesketch", "javascript:alert(1)", "https://t.example/?q=1"])
def test_links_to_timesketch_lead_to_a_page(value: str) -> None:
    """What could not be the address of Timesketch's pages is refused."""
    assert problems({"timesketch.external-url": value}) == [
        f"--timesketch.external-url: {value!r} is not the URL of a page (write https://host/path)"
    ]


def test_broken_files_are_told_with_the_rest() -> None:
    """A file that cannot be read is a line among the others."""
    flags = {"config.file": "/none.yaml", "timesketch.config": "/none.conf"}
    assert problems({**flags, "broker.transport-options": "{hunter2"}) == [
        "/none.yaml: no such file or directory",
        "--timesketch.config: /none.conf: no such file or directory",
        f"--broker.transport-options: {NOT_A_MAPPING}",
    ]


@pytest.mark.parametrize("address", ["19808", ":99999", "a b:1", "::1:19808", "http://h:1", ":x"])
def test_addresses_to_listen_on_are_checked(address: str) -> None:
    """What the server could not listen on is refused at once."""
    (line,) = problems({"web.listen-address": address})
    assert line.startswith(f"--web.listen-address: {address!r} is not an address to listen on")


@pytest.mark.parametrize("path", ["/", "metrics", "/-/healthy", "/api/v1", "/webhook", "/a b"])
def test_the_path_of_metrics_is_checked(path: str) -> None:
    """The metrics cannot hide another page."""
    (line,) = problems({"web.telemetry-path": path})
    assert line.startswith(f"--web.telemetry-path: {path!r} is not a path for metrics")


def test_settings_are_frozen_and_keep_their_secrets() -> None:
    """No setting changes later, and no printed form of them holds a password."""
    settings = load(
        {"database.url": DATABASE_URL, "broker.transport-options": '{"p": "hunter2"}'}, {}
    )
    with pytest.raises(ValidationError):
        settings.scan.interval = 1.0  # type: ignore[misc]
    for printed in (repr(settings), str(settings), repr(settings.database), str(settings.broker)):
        assert "hunter2" not in printed
