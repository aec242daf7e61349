"""A process in which sslyze scans endpoints with all that it has: `python -m benchmarks.scanning NAME ADDRESS PORT...`.

It is given addresses, and its own limits on connections. Prints how many scans came to an end.
"""

import sys

from sslyze.connection_helpers.opportunistic_tls_helpers import ProtocolWithOpportunisticTlsEnum as Starttls
from sslyze.scanner.models import ServerScanRequest, ServerScanStatusEnum
from sslyze.scanner.scanner import Scanner
from sslyze.server_setting import ServerNetworkConfiguration, ServerNetworkLocation

STARTTLS = {
    "smtp": Starttls.SMTP,
    "imap": Starttls.IMAP,
    "pop3": Starttls.POP3,
    "xmpp-client": Starttls.XMPP,
    "xmpp-server": Starttls.XMPP_SERVER,
}


def main() -> None:
    """Scan them all."""
    name, address, *endpoints = sys.argv[1:]
    scanner = Scanner()
    scanner.queue_scans([_request(name, address, *each.split("/")) for each in endpoints])
    done = [result.scan_status is ServerScanStatusEnum.COMPLETED for result in scanner.get_results()]
    print(sum(done))


def _request(name: str, address: str, port: str, starttls: str | None = None) -> ServerScanRequest:
    location = ServerNetworkLocation(name, int(port), ip_address=address)
    begins = STARTTLS[starttls] if starttls else None
    return ServerScanRequest(location, ServerNetworkConfiguration(name, begins))


if __name__ == "__main__":
    main()
