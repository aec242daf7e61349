"""A small certification authority: root, intermediates, end-entity certificates and requests, from templates.

A template says all about one certificate, with the values of a sound one; a case is a `dataclasses.replace` of it.
"""

import datetime as dt
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import AttributeOID, ExtendedKeyUsageOID, ObjectIdentifier

from lab.keys import Key
from lab.keys import make as make_key
from lab.system import LabError
from tlsfleet.names import ATTRIBUTES

StrongHash = hashes.SHA256 | hashes.SHA384 | hashes.SHA512
HASHES: dict[str, StrongHash] = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
WEAK_HASHES = {"sha1": hashes.SHA1(), "md5": hashes.MD5()}
RSA_OIDS = {"sha256": "2a864886f70d01010b", "sha1": "2a864886f70d010105", "md5": "2a864886f70d010104"}
USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)
Subject = tuple[tuple[str, str], ...]
DAY = dt.timedelta(days=1)
DER = serialization.Encoding.DER


@dataclass(frozen=True, slots=True)
class Template:
    """One certificate; age and lifetime in days, of which the age counts back from the moment of issue.

    `extensions` come beside those that every certificate has, but for the ones that it is `without`.
    """

    subject: Subject
    age: float = 10
    lifetime: float = 90
    names: tuple[str, ...] = ()
    ca: bool = False
    path_length: int | None = None
    key: str = "ec-p256"
    key_usage: frozenset[str] = frozenset({"digital_signature"})
    extended_key_usage: tuple[ObjectIdentifier, ...] = (ExtendedKeyUsageOID.SERVER_AUTH,)
    signature_hash: str = "sha256"
    without: frozenset[str] = frozenset()
    extensions: tuple[x509.ExtensionType, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """One certificate signing request; its subject and names are the certificate's where they are None."""

    subject: Subject | None = None
    names: tuple[str, ...] | None = None
    signature_hash: str = "sha256"
    challenge: str | None = None


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate with the key that signs below it."""

    certificate: x509.Certificate
    key: Key = field(repr=False)

    def pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def authority(
    name: str, age: float = 400, lifetime: float = 3650, path_length: int | None = None, key: str = "ec-p256"
) -> Template:
    """The template of a sound authority."""
    return Template(
        subject=(("O", "tlsfleet lab"), ("CN", name)),
        age=age,
        lifetime=lifetime,
        ca=True,
        path_length=path_length,
        key=key,
        key_usage=frozenset({"key_cert_sign", "crl_sign"}),
        extended_key_usage=(),
    )


REQUEST = Request()
ROOT = authority("tlsfleet lab root")
INTERMEDIATE = authority("tlsfleet lab intermediate", age=200, lifetime=1825, path_length=0)


def name_of(subject: Subject) -> x509.Name:
    """A distinguished name of (attribute, value) pairs."""
    return x509.Name([x509.NameAttribute(ATTRIBUTES[kind], value) for kind, value in subject])


def issue(template: Template, now: dt.datetime, issuer: Authority | None = None, key: Key | None = None) -> Authority:
    """Issue the certificate of a template, self-signed without an issuer; `key` is made where none is given."""
    own = key or make_key(template.key, "ca")
    signer = issuer.key if issuer else own
    start = (now - template.age * DAY).replace(microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name_of(template.subject))
        .issuer_name(issuer.certificate.subject if issuer else name_of(template.subject))
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + template.lifetime * DAY)
    )
    for name, critical, extension in _extensions(template, own, signer):
        if name not in template.without:
            builder = builder.add_extension(extension, critical)
    certificate = builder.sign(signer, _algorithm(template))
    if template.signature_hash in WEAK_HASHES:
        parts = certificate.public_bytes(DER), certificate.tbs_certificate_bytes, certificate.signature
        certificate = x509.load_der_x509_certificate(_weakly_signed(*parts, signer, template.signature_hash))
    return Authority(certificate, own)


def _extensions(template: Template, own: Key, signer: Key) -> list[tuple[str, bool, x509.ExtensionType]]:
    found: list[tuple[str, bool, x509.ExtensionType]] = [
        ("basic_constraints", True, x509.BasicConstraints(template.ca, template.path_length)),
        ("key_usage", True, x509.KeyUsage(**{usage: usage in template.key_usage for usage in USAGES})),
        ("subject_key", False, x509.SubjectKeyIdentifier.from_public_key(own.public_key())),
        ("authority_key", False, x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())),
    ]
    if template.extended_key_usage:
        found.append(("extended_key_usage", False, x509.ExtendedKeyUsage(template.extended_key_usage)))
    if template.names:
        found.append(("names", False, x509.SubjectAlternativeName([x509.DNSName(name) for name in template.names])))
    return found + [("more", False, extension) for extension in template.extensions]


def request(template: Request, subject: Subject, names: tuple[str, ...], key: Key) -> x509.CertificateSigningRequest:
    """Make the request of a template for a subject and names that the template does not override."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(name_of(template.subject or subject))
    if asked := names if template.names is None else template.names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in asked]), False)
    if template.challenge:
        builder = builder.add_attribute(AttributeOID.CHALLENGE_PASSWORD, template.challenge.encode())
    made = builder.sign(key, _algorithm(template))
    if template.signature_hash in WEAK_HASHES:
        parts = made.public_bytes(DER), made.tbs_certrequest_bytes, made.signature
        made = x509.load_der_x509_csr(_weakly_signed(*parts, key, template.signature_hash))
    return made


def _weakly_signed(der: bytes, signed: bytes, signature: bytes, key: Key, weak: str) -> bytes:
    """Sign again with a hash that `cryptography` refuses: RSA only, where the OIDs are of one length."""
    if not isinstance(key, rsa.RSAPrivateKey):
        raise LabError(f"the lab signs with {weak} by RSA keys only")
    strong, oid = bytes.fromhex(RSA_OIDS["sha256"]), bytes.fromhex(RSA_OIDS[weak])
    altered = signed.replace(strong, oid)
    again = key.sign(altered, padding.PKCS1v15(), WEAK_HASHES[weak])
    return der.replace(signed, altered).replace(strong, oid)[: -len(signature)] + again


def _algorithm(template: Template | Request) -> StrongHash:
    return HASHES.get(template.signature_hash, HASHES["sha256"])
