"""The one kind of error that a user can mend, and what others say in a line."""


class UserError(Exception):
    """A wrong file, table, key or value.

    Its text stands alone: what was found and where (file, entry, key), what
    is valid, and what to change. Scripts show it without a traceback and
    exit with 1 (`rootline.core.script`).
    """


def in_one_line(error: Exception) -> str:
    """Give what an error says as one short line."""
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {first}"[:200]
