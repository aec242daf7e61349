"""The defects by name: one fault each, planted on a sound host for a check to find."""

from itertools import chain as joined

from lab.defects.certificate import CERTIFICATE
from lab.defects.chain import CHAIN
from lab.defects.cipher_suite import CIPHER_SUITE, CIPHER_SUITE_ODD
from lab.defects.consistency import CONSISTENCY
from lab.defects.coverage import COVERAGE
from lab.defects.defect import Defect
from lab.defects.dh_parameters import DH_PARAMETERS
from lab.defects.file_set import FILE_SET
from lab.defects.handshake import HANDSHAKE, HANDSHAKE_ODD
from lab.defects.http import HTTP
from lab.defects.key_exchange import KEY_EXCHANGE
from lab.defects.machine import MACHINE
from lab.defects.private_key import PRIVATE_KEY
from lab.defects.protocol import PROTOCOL, PROTOCOL_ODD
from lab.defects.served_certificate import SERVED_CERTIFICATE
from lab.defects.service import SERVICE
from lab.defects.starttls import STARTTLS, STARTTLS_ODD
from lab.defects.vulnerability import VULNERABILITY

INSIDE = (FILE_SET, PRIVATE_KEY, CERTIFICATE, CHAIN, DH_PARAMETERS, SERVICE, MACHINE)
ON_THE_WIRE = (
    *(PROTOCOL, CIPHER_SUITE, KEY_EXCHANGE, HANDSHAKE, STARTTLS, HTTP, VULNERABILITY),
    *(SERVED_CERTIFICATE, CONSISTENCY, COVERAGE),
    *(PROTOCOL_ODD, CIPHER_SUITE_ODD, HANDSHAKE_ODD, STARTTLS_ODD),
)
DEFECTS: dict[str, Defect] = {defect.name: defect for defect in joined(*INSIDE, *ON_THE_WIRE)}
