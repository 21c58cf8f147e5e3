"""The processes of a program that a test started: in /proc, where Linux lists them."""

from pathlib import Path


def processes_of(session: int) -> dict[int, list[str]]:
    """List the processes of a session, each with the words of its command; one that ended and is still listed has none.

    The fixture `start` begins a session for each program, so that `session`
    is the number of the process that it gave.
    """
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            its_session = (process / "stat").read_text().rpartition(")")[2].split()[3]
            words = (process / "cmdline").read_text().split("\0")
        except OSError:  # ended meanwhile
            continue
        if int(its_session) == session:
            found[int(process.name)] = words
    return found


def scripts_of(session: int) -> list[int]:
    """List the processes of a session that run a script of the workflow; the shells around them are left out."""
    return [
        process
        for process, words in processes_of(session).items()
        if len(words) > 1 and words[1].endswith(".py") and "/workflow/scripts/" in words[1]
    ]
