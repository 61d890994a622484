"""Where this computer is found on the local network."""

import socket
from ipaddress import IPv4Address

import psutil

# Networks inside this computer: nobody else is on them
_VIRTUAL = ("lo", "docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "vethernet", "utun", "tun")


def addresses() -> list[str]:
    """The IPv4 addresses that others may reach, the one of the usual way out first."""
    up = {name for name, state in psutil.net_if_stats().items() if state.isup}
    found = [
        one.address
        for name, ones in psutil.net_if_addrs().items()
        if name in up and not name.lower().startswith(_VIRTUAL)
        for one in ones
        if one.family == socket.AF_INET and _reachable(one.address)
    ]
    first = _way_out()
    return sorted(dict.fromkeys(found), key=lambda address: address != first)


def names() -> list[str]:
    """What this computer is called on its network, also by those who announce themselves there."""
    name = socket.gethostname().lower().rstrip(".")
    if not name or name == "localhost":
        return []
    return [name] if "." in name else [name, f"{name}.local"]


def free_port(first: int, tries: int = 20) -> int | None:
    """The first port from this one on that nobody listens on; None where all are taken."""
    for port in range(first, min(first + tries, 65536)):
        with socket.socket() as probe:
            # As the server will ask for it: what has just been closed is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                continue
            return port
    return None


def _reachable(address: str) -> bool:
    found = IPv4Address(address)
    return not (found.is_loopback or found.is_link_local or found.is_unspecified)


def _way_out() -> str:
    """The address that a packet to elsewhere would leave from; none is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return ""
        return str(probe.getsockname()[0])
