"""For every Python whose clock may jump: its own way to sleep, libfaketime 0.9 gets wrong."""

from __future__ import annotations

import threading
import time

vars(time)["sleep"] = lambda seconds: threading.Event().wait(seconds)
