"""Certification authorities that browsers took their trust from, told by the organisation in a certificate's names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Distrust:
    """Why, when and on whose word; certificates issued before ``since`` are let be (None: none are)."""

    ca: str
    source: str
    since: datetime | None = None


def _after(year: int, month: int, day: int) -> datetime:
    """The end of a day."""
    return datetime(year, month, day, 23, 59, 59, tzinfo=UTC)


_WOSIGN = Distrust("WoSign and StartCom", "Mozilla, Apple and Google, 2016: backdated certificates")
_SYMANTEC = Distrust("Symantec's old roots", "Google and Mozilla, 2017-2018: certificates issued without validation")
_CAMERFIRMA = Distrust("Camerfirma", "Google and Mozilla, 2021")
_ETUGRA = Distrust("e-Tugra", "Mozilla and Google, 2023: unsafe systems")
_TRUSTCOR = Distrust("TrustCor", "Mozilla and Microsoft, 2022-11-30", _after(2022, 11, 30))
_ENTRUST = Distrust("Entrust's and AffirmTrust's roots", "Google, Chrome 131", _after(2024, 11, 11))
_GLOBALTRUST = Distrust("GLOBALTRUST", "Google, Chrome 124", _after(2024, 6, 30))
_CHUNGHWA = Distrust("Chunghwa Telecom", "Google, Chrome 139", _after(2025, 7, 31))
_NETLOCK = Distrust("Netlock", "Google, Chrome 139", _after(2025, 7, 31))
_CACERT = Distrust("CAcert", "never taken up by browsers; out of Debian since 2014")
_DIGINOTAR = Distrust("DigiNotar", "all browsers, 2011: broken into")
_CNNIC = Distrust("CNNIC", "Google and Mozilla, 2015: an intermediate that posed as others")
_CERTINOMIS = Distrust("Certinomis", "Mozilla, 2019")

# Organisations as they stand in names, in lower case. DigiCert's GeoTrust, RapidSSL and Thawte brands are in its own
# name and trusted; so are "Entrust Limited"'s, which Sectigo issues.
ORGANISATIONS: Mapping[str, Distrust] = {
    "startcom ltd.": _WOSIGN,
    "startcom ca limited": _WOSIGN,
    "startcom certification authority": _WOSIGN,
    "wosign ca limited": _WOSIGN,
    "symantec corporation": _SYMANTEC,
    "verisign, inc.": _SYMANTEC,
    "verisign trust network": _SYMANTEC,
    "geotrust inc.": _SYMANTEC,
    "geotrust, inc.": _SYMANTEC,
    "equifax": _SYMANTEC,
    "equifax secure inc.": _SYMANTEC,
    "thawte, inc.": _SYMANTEC,
    "thawte consulting cc": _SYMANTEC,
    "cacert inc.": _CACERT,
    "root ca": _CACERT,
    "diginotar": _DIGINOTAR,
    "diginotar b.v.": _DIGINOTAR,
    "cnnic": _CNNIC,
    "china internet network information center": _CNNIC,
    "ac camerfirma s.a.": _CAMERFIRMA,
    "ac camerfirma sa": _CAMERFIRMA,
    "certinomis": _CERTINOMIS,
    "trustcor systems s. de r.l.": _TRUSTCOR,
    "e-tuğra ebg bilişim teknolojileri ve hizmetleri a.ş.": _ETUGRA,
    "e-tugra ebg a.s.": _ETUGRA,
    "entrust, inc.": _ENTRUST,
    "entrust.net": _ENTRUST,
    "affirmtrust": _ENTRUST,
    "e-commerce monitoring gmbh": _GLOBALTRUST,
    "chunghwa telecom co., ltd.": _CHUNGHWA,
    "netlock kft.": _NETLOCK,
}
CACERT_UNIT = "http://www.cacert.org"  # CAcert's root has "Root CA" for its organisation, as others might


def distrusted(organisations: Iterable[str], units: Iterable[str], issued_at: datetime) -> Distrust | None:
    """The distrust that a name of these organisations and units falls under, for a certificate issued at a time."""
    known_units = {unit.lower() for unit in units}
    for organisation in organisations:
        name = " ".join(organisation.lower().split())
        found = ORGANISATIONS.get(name)
        meant = found is not None and (name != "root ca" or CACERT_UNIT in known_units)
        if found and meant and (found.since is None or issued_at > found.since):
            return found
    return None
