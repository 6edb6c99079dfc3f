"""Run as a script between a parent and its child: what must happen after fork and before exec.

`python launch.py PARENT_PID SIGNAL USER PROGRAM ARGUMENT...` becomes PROGRAM. Before that it
asks the kernel to send SIGNAL once the parent dies (prctl PR_SET_PDEATHSIG), and becomes USER
unless that is empty. A script instead of a `preexec_fn`, which may deadlock in a parent that
has threads. Standard library only: it runs with `-I -S`.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import sys

_PR_SET_PDEATHSIG = 1
_CANNOT_RUN = 127


def main(parent: int, signal_number: int, user: str, argv: list[str]) -> None:
    """Become `argv`; return only if that is impossible, with the reason on standard error."""
    if user:
        account = pwd.getpwnam(user)
        os.initgroups(user, account.pw_gid)
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
    # After the change of user, because the kernel clears the death signal when credentials change.
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0) != 0:
        sys.exit(f"prctl(PR_SET_PDEATHSIG) failed: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:
        sys.exit("the parent died before its child began")
    try:
        os.execvp(argv[0], argv)  # noqa: S606  # nosec B606  # no shell is what is wanted
    except OSError as error:
        print(f"cannot run {argv[0]}: {error.strerror}", file=sys.stderr)
        sys.exit(_CANNOT_RUN)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
