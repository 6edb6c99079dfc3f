"""Run as a process of its own: one target under atheris, which is guided by what is reached.

`python -m tests.fuzz.guided TARGET FOLDER SECONDS SEED`; what it finds goes to FOLDER. It ends with
0 where nothing was found.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import atheris

_MEMORY = 2 * 1024**3
_SECONDS_AN_INPUT = 20


def main() -> None:
    """Fuzz; atheris ends the process."""
    name, folder, seconds, seed = sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    with atheris.instrument_imports(include=["exporter"]):
        from tests.fuzz.corpus import everything  # noqa: PLC0415  instruments what it imports
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415  likewise
    target = TARGETS[name]
    seeds, grown = folder / "seeds", folder / "corpus"
    for each in (seeds, grown):
        each.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(everything(target)):
        (seeds / f"{number:03}").write_bytes(data)
    words = folder / "words"
    words.write_text("".join(f'"{_escaped(token)}"\n' for token in target.dictionary))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    atheris.Setup(
        [
            sys.argv[0],
            f"-max_total_time={seconds}",
            f"-seed={seed}",
            f"-timeout={_SECONDS_AN_INPUT}",
            f"-artifact_prefix={folder}/found-",
            f"-dict={words}",
            "-max_len=131072",
            "-print_final_stats=1",
            str(grown),
            str(seeds),
        ],
        target.one,
    )
    atheris.Fuzz()


def _escaped(token: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in token)


if __name__ == "__main__":
    main()
