"""How the demonstration ends early."""

from __future__ import annotations

import signal

import pytest

from exporter.demo.stopping import StoppedError, Stopping


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_is_noted_and_obeyed_when_asked(number: signal.Signals) -> None:
    """A signal interrupts nothing; whoever asks next is told to stop."""
    with Stopping() as stopping:
        stopping.check()
        signal.raise_signal(number)
        with pytest.raises(StoppedError):
            stopping.check()


def test_former_handlers_come_back() -> None:
    """Once it is left, signals do what they did before."""
    before = signal.getsignal(signal.SIGTERM)
    with Stopping():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before
