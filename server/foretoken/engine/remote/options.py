"""Which other server is asked, and how it knows us."""

import os
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from foretoken.engine.engine import EngineUnavailable


@dataclass(frozen=True, slots=True)
class RemoteOptions:
    """The meaning of each is that of the setting ``engine.*`` of the same name."""

    url: str
    model: str = ""
    api_key_file: str = ""
    api_key_variable: str = ""
    ca_file: str = ""

    @property
    def base(self) -> str:
        """The address that paths such as ``/v1/models`` are appended to. Raises EngineUnavailable."""
        url = self._address
        return f"{url.scheme}://{url.netloc}{url.path.rstrip('/').removesuffix('/v1')}"

    @property
    def where(self) -> str:
        """The server as the user is told of it: its host and, where one is given, its port. Raises EngineUnavailable."""
        return self._address.netloc

    @property
    def encrypted(self) -> bool:
        return self._address.scheme == "https"

    @property
    def leaves_machine(self) -> bool:
        """Whether what is sent leaves this machine, as far as the address says."""
        host = self._address.hostname or ""
        try:
            return not ip_address(host).is_loopback
        except ValueError:
            return host != "localhost"

    @property
    def _address(self) -> SplitResult:
        try:
            url = urlsplit(self.url.strip())
            _ = url.port  # says whether it is a number
        except ValueError as error:
            raise EngineUnavailable(f"engine.url is not an address ({error}). {_EXAMPLE}") from error
        if url.scheme not in ("http", "https") or not url.hostname:
            raise EngineUnavailable(f"engine.url must begin with http:// or https:// and name a host. {_EXAMPLE}")
        if "@" in url.netloc:
            raise EngineUnavailable(
                "engine.url holds a user name or password. Put the key into a file or an environment variable and name "
                "it with engine.api_key_file or engine.api_key_variable."
            )
        return url

    def api_key(self) -> str:
        """The key, read anew; "" = none. Raises EngineUnavailable."""
        if self.api_key_file:
            path = Path(self.api_key_file).expanduser()
            try:
                key = path.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise EngineUnavailable(f"The key in {path} (engine.api_key_file) cannot be read: {error}.") from error
        elif self.api_key_variable:
            key = os.environ.get(self.api_key_variable, "").strip()
            if not key:
                raise EngineUnavailable(
                    f"The environment variable {self.api_key_variable} (engine.api_key_variable) is not set where the "
                    "editor was started. Set it there, or put the key into a file and name it with engine.api_key_file."
                )
        else:
            return ""
        if not key.isascii() or not key.isprintable() or " " in key:
            raise EngineUnavailable("The key for engine.url holds characters that no key has. Look at its file.")
        return key


_EXAMPLE = "An example: http://127.0.0.1:8080"
