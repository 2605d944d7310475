"""A time-stamping authority made here: a certificate, and answers in the ASN.1 of RFC 3161.

Written by hand, byte by byte, since what is tested must not also write what it is tested with.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SHA256 = bytes.fromhex("300b0609608648016503040201")
"""AlgorithmIdentifier of SHA-256, without parameters."""
ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
TST_INFO = bytes.fromhex("060b2a864886f70d0109100104")
CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
DIGEST = bytes.fromhex("06092a864886f70d010904")
CERTIFICATE_V2 = bytes.fromhex("060b2a864886f70d010910022f")
POLICY = bytes.fromhex("06032a0304")


def der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def integer(value: int) -> bytes:
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def sequence(*parts: bytes) -> bytes:
    return der(0x30, *parts)


class Authority:
    """Signs stamps with a key of its own, under a root of its own."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC).replace(microsecond=0)
        root_key = ec.generate_private_key(ec.SECP256R1())
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.root = self._certificate("Root", root_key, "Root", root_key, ca=True)
        self.certificate = self._certificate("Stamps", self.key, "Root", root_key, ca=False)

    def _certificate(
        self, name: str, key: ec.EllipticCurvePrivateKey, issuer: str,
        signer: ec.EllipticCurvePrivateKey, *, ca: bool,
    ) -> x509.Certificate:  # fmt: skip
        made = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.at - timedelta(days=1))
            .not_valid_after(self.at + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if not ca:
            usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
            made = made.add_extension(usage, critical=True)
        return made.sign(signer, hashes.SHA256())

    def answer(self, imprint: bytes, nonce: int) -> bytes:
        """Return a TimeStampResp over a SHA-256, for a request with this nonce."""
        info = sequence(
            integer(1), POLICY, sequence(SHA256, der(0x04, imprint)), integer(42),
            der(0x18, self.at.strftime("%Y%m%d%H%M%SZ").encode()), integer(nonce),
        )  # fmt: skip
        own = self.certificate.public_bytes(Encoding.DER)
        certificate_id = sequence(sequence(sequence(der(0x04, sha256(own).digest()))))
        attributes = sorted(
            [
                sequence(CONTENT_TYPE, der(0x31, TST_INFO)),
                sequence(DIGEST, der(0x31, der(0x04, sha256(info).digest()))),
                sequence(CERTIFICATE_V2, der(0x31, certificate_id)),
            ]
        )
        signature = self.key.sign(der(0x31, *attributes), ec.ECDSA(hashes.SHA256()))
        issuer = sequence(
            self.certificate.issuer.public_bytes(), integer(self.certificate.serial_number)
        )
        signer = sequence(
            integer(1), issuer, SHA256, der(0xA0, *attributes), ECDSA_SHA256, der(0x04, signature)
        )
        signed = sequence(
            integer(3), der(0x31, SHA256), sequence(TST_INFO, der(0xA0, der(0x04, info))),
            der(0xA0, own), der(0x31, signer),
        )  # fmt: skip
        return sequence(sequence(integer(0)), sequence(SIGNED_DATA, der(0xA0, signed)))
