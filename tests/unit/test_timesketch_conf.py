"""timesketch.conf is read without being executed."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.errors import TimesketchConfigError
from exporter.timesketch_conf import (
    BROKER,
    BROKER_OPTIONS,
    DATABASE,
    RESULTS,
    RESULTS_OPTIONS,
    read,
)

FIXTURES = Path(__file__).parent / "fixtures" / "timesketch_conf"


def texts(name: str) -> dict[str, tuple[str, int] | None]:
    """The three addresses in a fixture, with their lines."""
    config = read(FIXTURES / name)
    found = {key: config.text(key) for key in (DATABASE, BROKER, RESULTS)}
    return {key: (text.value, text.line) if text else None for key, text in found.items()}


def test_literals_are_read() -> None:
    """Addresses that are written out are found with their lines."""
    assert texts("written-out.conf") == {
        DATABASE: ("postgresql://timesketch:hunter2@postgres/timesketch", 3),
        BROKER: ("redis://redis:6379", 5),
        RESULTS: ("redis://redis:6379/1", 6),
    }


def test_texts_put_together_from_literals_are_read() -> None:
    """Sums, f-strings, % and format of literals are worked out; what is not needed may be code."""
    assert texts("put-together.conf") == {
        DATABASE: ("postgresql://timesketch:hunter2@postgres/timesketch", 6),
        BROKER: ("redis://redis:6379/2", 8),
        RESULTS: ("redis://redis:6379/3", 10),
    }


def test_the_last_assignment_counts() -> None:
    """A name that is set twice has its second value, as when Python runs the file."""
    assert texts("set-twice.conf")[BROKER] == ("redis://new", 2)


def test_none_and_missing_are_not_given() -> None:
    """A name that is not set, or set to None, gives no address."""
    found = texts("no-result-backend.conf")
    assert found[DATABASE] is None
    assert found[RESULTS] is None


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("database-from-the-environment.conf", ", line 4: SQLALCHEMY_DATABASE_URI is computed"),
        ("database-set-under-a-condition.conf", ", line 3: SQLALCHEMY_DATABASE_URI is computed"),
        ("database-from-a-computed-part.conf", ", line 2: SQLALCHEMY_DATABASE_URI is computed"),
        ("database-set-in-a-loop.conf", ", line 1: SQLALCHEMY_DATABASE_URI is computed"),
        ("database-is-a-function.conf", ", line 1: SQLALCHEMY_DATABASE_URI is computed"),
        ("number-added-to-text.conf", ", line 1: SQLALCHEMY_DATABASE_URI is computed"),
        ("format-with-too-few-values.conf", ", line 1: SQLALCHEMY_DATABASE_URI is computed"),
        ("database-is-a-list.conf", ", line 1: SQLALCHEMY_DATABASE_URI is not a text"),
        ("placeholders-left.conf", ", line 1: SQLALCHEMY_DATABASE_URI still has the placeholder"),
        ("shell-script.conf", ", line 2: not Python"),
        ("yaml-instead.conf", ": sets neither SQLALCHEMY_DATABASE_URI nor CELERY_BROKER_URL"),
        ("empty.conf", ": sets neither SQLALCHEMY_DATABASE_URI nor CELERY_BROKER_URL"),
        ("there-is-none.conf", ": no such file or directory"),
        (".", ": is a directory"),
    ],
)
def test_each_mistake_is_named_with_file_and_line(name: str, problem: str) -> None:
    """What cannot serve is told in one line that names the place, without the password."""
    path = FIXTURES / name
    with pytest.raises(TimesketchConfigError) as caught:
        read(path).text(DATABASE)
    message = str(caught.value)
    assert message.startswith(f"{path}{problem}")
    assert "\n" not in message
    assert "hunter2" not in message


@pytest.mark.parametrize("content", [b"\x89PNG\xff\xfe", b"A = 1\x00", b"(" * 20_000])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    """A binary file, or one that no parser can take, is no configuration."""
    path = tmp_path / "timesketch.conf"
    path.write_bytes(content)
    with pytest.raises(TimesketchConfigError, match="no configuration of Timesketch"):
        read(path)


def test_nothing_is_executed(tmp_path: Path) -> None:
    """Code in the file does not run."""
    witness = tmp_path / "witness"
    path = tmp_path / "timesketch.conf"
    path.write_text(f"open({str(witness)!r}, 'w').close()\nCELERY_BROKER_URL = 'redis://h'\n")
    assert read(path).text(BROKER) is not None
    assert not witness.exists()


def test_odd_escapes_do_not_warn(tmp_path: Path) -> None:
    r"""A stray `\d`, on which newer Pythons warn, disturbs nobody."""
    path = tmp_path / "timesketch.conf"
    path.write_text("PATTERN = '\\d'\nCELERY_BROKER_URL = 'redis://h'\n")
    assert read(path).text(BROKER) is not None


def test_options_are_read() -> None:
    """Mappings of literals are worked out like addresses, with lists where tuples stand."""
    config = read(FIXTURES / "transport-options.conf")
    broker, results = config.options(BROKER_OPTIONS), config.options(RESULTS_OPTIONS)
    assert broker is not None
    assert broker.line == 5
    assert broker.value == {
        "visibility_timeout": 43200,
        "priority_steps": [0, 3, 6],
        "global_keyprefix": "ts:",
        "sentinel_kwargs": {"password": "hunter2"},
    }
    assert results is not None
    assert results.value == {"master_name": "mymaster", "db": -1}


@pytest.mark.parametrize("value", ["{}", "None"])
def test_options_that_say_nothing_are_not_given(tmp_path: Path, value: str) -> None:
    """An empty mapping or None sets nothing."""
    path = tmp_path / "timesketch.conf"
    path.write_text(f"CELERY_BROKER_URL = 'redis://h'\nBROKER_TRANSPORT_OPTIONS = {value}\n")
    assert read(path).options(BROKER_OPTIONS) is None
    assert read(path).options(RESULTS_OPTIONS) is None


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("OPTIONS = ['hunter2']", "is not a mapping"),
        ("OPTIONS = {'a': b'hunter2'}", "holds more than texts, numbers, lists and mappings"),
        ("OPTIONS = {'hunter2': list(range(10))}", "is computed"),
        ("OPTIONS = {**ELSEWHERE}", "is computed"),
        ("OPTIONS = {1: 2}", "is computed"),
        ("OPTIONS = {'a': 'b' * 3}", "is computed"),
        ("OPTIONS = {'a': not 3}", "is computed"),
        ("OPTIONS = dict(a=1)", "is computed"),
        ("OPTIONS = {'a': 1}\nOPTIONS['hunter2'] = 2", "is computed"),
        ("OPTIONS = {'a': {'b': 1}}\nOPTIONS['a']['b'] = 2", "is computed"),
        ("OPTIONS = {'a': 1}\ndel OPTIONS['a']", "is computed"),
        ("OPTIONS = {'a': 1}\nOPTIONS.update(a=2)", "is computed"),
        ("OPTIONS = {'a': 1}\nif A:\n    OPTIONS['a'] = 2", "is computed"),
        ("OPTIONS = {'a': 1}\nOPTIONS |= {'a': 2}", "is computed"),
    ],
)
def test_options_that_only_python_could_tell(tmp_path: Path, statement: str, problem: str) -> None:
    """Options that are computed, changed or no mapping are told with their line, not guessed."""
    path = tmp_path / "timesketch.conf"
    text = statement.replace("OPTIONS", BROKER_OPTIONS)
    path.write_text(f"CELERY_BROKER_URL = 'redis://h'\n{text}\n")
    with pytest.raises(TimesketchConfigError, match=problem) as caught:
        read(path).options(BROKER_OPTIONS)
    assert str(caught.value).startswith(f"{path}, line ")
    assert "hunter2" not in str(caught.value)


def test_a_text_cannot_be_changed_in_place(tmp_path: Path) -> None:
    """A call upon an address does not make it unknown, since texts do not change."""
    path = tmp_path / "timesketch.conf"
    path.write_text("CELERY_BROKER_URL = 'redis://h'\nHOST = CELERY_BROKER_URL.split('/')\n")
    assert read(path).text(BROKER) is not None


@pytest.mark.parametrize(
    "text",
    [
        "CELERY_BROKER_URL = '%999999999d' % 1",
        "CELERY_BROKER_URL = '%*d' % (999999999, 1)",
        "CELERY_BROKER_URL = '{:999999999}'.format('')",
        "CELERY_BROKER_URL = '{:{}}'.format('', 999999999)",
        "CELERY_BROKER_URL = 'a'\n" + "CELERY_BROKER_URL += CELERY_BROKER_URL\n" * 40,
        "A = {'a': 1}\n" + "A = {'a': A, 'b': A}\n" * 40 + "CELERY_BROKER_URL = A",
        "A = 2.0\n" + "A = A * A\n" * 40 + "CELERY_BROKER_URL = f'{A}'",
    ],
)
def test_a_few_lines_cannot_ask_for_gigabytes(tmp_path: Path, text: str) -> None:
    """What is larger than any address is as good as computed."""
    path = tmp_path / "timesketch.conf"
    path.write_text(text)
    with pytest.raises(TimesketchConfigError, match="is computed"):
        read(path).text(BROKER)


def test_a_port_of_five_digits_is_no_width(tmp_path: Path) -> None:
    """A template may hold long numbers wherever nothing is filled in."""
    path = tmp_path / "timesketch.conf"
    path.write_text(
        "CELERY_BROKER_URL = 'redis://:%s@h:16379' % 'p%%12345'\n"
        "CELERY_RESULT_BACKEND = 'redis://:{{12345}}{}@h:16379'.format('p')\n"
    )
    config = read(path)
    broker, results = config.text(BROKER), config.text(RESULTS)
    assert broker is not None
    assert broker.value == "redis://:p%%12345@h:16379"
    assert results is not None
    assert results.value == "redis://:{12345}p@h:16379"


def test_brackets_without_end_are_no_configuration(tmp_path: Path) -> None:
    """What Python's parser gives up on is told like any other fault."""
    path = tmp_path / "timesketch.conf"
    path.write_text("CELERY_BROKER_URL = " + "{" * 5_000)
    with pytest.raises(TimesketchConfigError, match="not Python"):
        read(path)
