"""The defects by name: one fault each, planted on a sound host for a check to find."""

from lab.defects.certificate import CERTIFICATE
from lab.defects.chain import CHAIN
from lab.defects.defect import Defect
from lab.defects.dh_parameters import DH_PARAMETERS
from lab.defects.file_set import FILE_SET
from lab.defects.machine import MACHINE
from lab.defects.private_key import PRIVATE_KEY
from lab.defects.service import SERVICE

DEFECTS: dict[str, Defect] = {
    defect.name: defect
    for area in (FILE_SET, PRIVATE_KEY, CERTIFICATE, CHAIN, DH_PARAMETERS, SERVICE, MACHINE)
    for defect in area
}
