"""How many connections can be open: whoever opens a thousand and says nothing must not keep all others out."""

import resource

# What shells allow is often 1,024, for the sake of programs that use select(2); the hard limit is what is meant.
_ENOUGH = 65_536


def allow_many_open_files() -> None:
    """Raise this process's own limit as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
