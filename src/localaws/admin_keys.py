"""The administrator's access key: another one at every start, known to whoever started embedded AWS alone."""

import secrets
import string
from collections.abc import MutableMapping
from dataclasses import dataclass

# How whoever starts embedded AWS hands it keys of its own. Not as options: a command line is everybody's to read.
ID_VARIABLE = "LOCALAWS_ACCESS_KEY_ID"
SECRET_VARIABLE = "LOCALAWS_SECRET_ACCESS_KEY"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
_LONG_TERM_PREFIX = "AKIA"
_ID_ALPHABET = string.ascii_uppercase + "234567"
_SECRET_BYTES = 30


@dataclass(frozen=True)
class AdminKeys:
    """The root of the account: it may do everything."""

    access_key_id: str
    secret_access_key: str

    def __repr__(self) -> str:
        return f"AdminKeys({self.access_key_id})"

    @classmethod
    def known(cls) -> "AdminKeys":
        """`test`/`test`, which every program of this machine can guess: on request only."""
        return cls("test", "test")

    @classmethod
    def new(cls) -> "AdminKeys":
        """Keys that nobody can guess."""
        letters = "".join(secrets.choice(_ID_ALPHABET) for _ in range(16))
        return cls(f"{_LONG_TERM_PREFIX}{letters}", secrets.token_urlsafe(_SECRET_BYTES))

    @classmethod
    def taken_from(cls, environment: MutableMapping[str, str]) -> "AdminKeys":
        """The keys that the environment names, which then holds them no more; new ones where it names none."""
        given = environment.pop(ID_VARIABLE, ""), environment.pop(SECRET_VARIABLE, "")
        return cls(*given) if all(given) else cls.new()
