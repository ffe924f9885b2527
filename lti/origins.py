"""Web addresses as the platforms write them: their origin, their host, a path or query added.

Everything that decides "may we call this address?" goes through `origin_of`, so that only one reading exists.
"""

import re
from functools import lru_cache
from urllib.parse import urlencode, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
# Printable ASCII without space, double quote, angle brackets and backslash: nothing that two readers of an
# address could read differently.
_PLAIN_ADDRESS = re.compile(r"[!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~{}|^`]{1,4000}")


@lru_cache(maxsize=1024)
def origin_of(url: str) -> str | None:
    """Return `scheme://host[:port]` of an http(s) address, default ports left out; None when doubtful.

    Doubtful: another scheme, a user name in the address, spaces, control characters, backslashes, a bad port.
    """
    if not _PLAIN_ADDRESS.fullmatch(url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    if scheme not in _DEFAULT_PORTS or not host or "@" in parts.netloc:
        return None
    name = f"[{host}]" if ":" in host else host
    return f"{scheme}://{name}" if port in {None, _DEFAULT_PORTS[scheme]} else f"{scheme}://{name}:{port}"


def same_host(url: str, other: str) -> bool:
    """Tell whether two addresses lead to the same server.

    The origins are equal, or differ only by http/https where neither names a port (a platform that still
    knows the http form of an address that moved to https).
    """
    mine, theirs = origin_of(url), origin_of(other)
    if mine is None or theirs is None:
        return False
    if mine == theirs:
        return True
    first, second = urlsplit(mine), urlsplit(theirs)
    return first.hostname == second.hostname and first.port is None and second.port is None


def with_path(url: str, suffix: str) -> str:
    """Append `suffix` to the path of an address, before its query (`…/lineitem/scores?type_id=1`)."""
    address, mark, query = url.partition("?")
    return f"{address.rstrip('/')}{suffix}{mark}{query}"


def with_query(url: str, **parameters: str) -> str:
    """Add parameters to the query string an address has or has not, the rest byte for byte."""
    if not parameters:
        return url
    address, _, fragment = url.partition("#")
    glue = "&" if "?" in address else "?"
    if address.endswith(("?", "&")):
        glue = ""
    added = f"{address}{glue}{urlencode(parameters)}"
    return f"{added}#{fragment}" if fragment else added
