"""Paths of the user's files, as a config holds them."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from rootline.core.names import check_path

FilePath = Annotated[str, StringConstraints(min_length=1), AfterValidator(check_path)]
"""Relative to the working folder, or from / on."""
