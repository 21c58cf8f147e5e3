"""The one kind of error that a user can mend."""


class UserError(Exception):
    """A wrong file, table, key or value.

    Its text stands alone: what was found and where (file, entry, key), what
    is valid, and what to change. Scripts show it without a traceback and
    exit with 1 (`rootline.core.script`).
    """
