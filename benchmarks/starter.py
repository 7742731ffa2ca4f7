"""Starts a program from a small process: `python -I -S starter.py OUTPUT PROGRAM ARGUMENT…`.

The kernel counts the memory of whoever starts a process into the new one's peak, so a process that has loaded anything
must not start what is to be measured. Prints one line: exit code, CPU seconds, wall seconds, `ru_maxrss`.
"""

import os
import sys
import time


def main() -> None:
    """See module."""
    output, *command = sys.argv[1:]
    begun = time.perf_counter()
    child = os.fork()
    if child == 0:
        os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 1)
        os.execv(command[0], command)
    _, ended, used = os.wait4(child, 0)
    took = time.perf_counter() - begun
    print(os.waitstatus_to_exitcode(ended), used.ru_utime + used.ru_stime, took, used.ru_maxrss)


if __name__ == "__main__":
    main()
