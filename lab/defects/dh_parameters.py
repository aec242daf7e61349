"""Defects of DH parameters."""

from lab.defects.defect import WITHOUT_FLOOR, Defect, also, both, ciphers, dhparam, edit, host, serving, tls
from lab.defects.private_key import weak_ciphers
from lab.host import Site
from lab.layout import DH, DH_FILE
from lab.services.nginx import TLS
from lab.services.postfix import FLOOR, MAIN


def _unreferenced(site: Site) -> None:
    site.files.edit(TLS, f"ssl_dhparam {DH_FILE};\n", "")
    ciphers("DHE-RSA-AES128-GCM-SHA256")(site)


def _weak_in_mail(site: Site) -> None:
    site.files.write("/etc/postfix/dh1024.pem", (DH / "custom-1024.pem").read_text())
    site.files.append(MAIN, "smtpd_tls_dh1024_param_file = /etc/postfix/dh1024.pem\n")
    site.files.edit(MAIN, FLOOR, ":DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0")


DHE = ciphers("DHE-RSA-AES128-GCM-SHA256")
RSA = host(key="rsa-4096")
RETIRED = "dh-parameters.dhe-retired"

DH_PARAMETERS = (
    Defect(
        "dh-missing",
        "dh-parameters.present",
        running=lambda site: site.files.remove(DH_FILE),
        also=also("service.config-loads"),
    ),
    Defect(
        "dh-garbage",
        "dh-parameters.present",
        running=lambda site: site.files.write(DH_FILE, "-----BEGIN DH PARAMETERS-----\nAAAA\n"),
        also=also("service.config-loads"),
    ),
    Defect("dh-writable", "dh-parameters.permissions", plant=lambda site: site.files.permit(DH_FILE, 0o666)),
    Defect(
        "dh-mode-2014",
        "dh-parameters.permissions",
        plant=lambda site: site.files.permit(DH_FILE, 0o644),
        base="sound-2014",
    ),
    Defect("dh-1024", "dh-parameters.size", weak_ciphers, dhparam("custom-1024"), also=WITHOUT_FLOOR),
    Defect(
        "mail-dh-1024",
        "dh-parameters.size",
        both(host(key="rsa-4096"), serving("postfix")),
        _weak_in_mail,
        also=also("dh-parameters.dhe-retired") | WITHOUT_FLOOR,
    ),
    Defect("dh-unsafe-prime", "dh-parameters.safe-prime", plant=dhparam("unsafe-2048")),
    Defect(
        "dh-well-known",
        "dh-parameters.not-common",
        weak_ciphers,
        dhparam("oakley-1024"),
        also=also("dh-parameters.size") | WITHOUT_FLOOR,
    ),
    Defect("dh-unreferenced", "dh-parameters.referenced", host(key="rsa-4096"), _unreferenced),
    Defect(
        "dh-unreferenced-2014",
        "dh-parameters.referenced",
        plant=tls(f"ssl_dhparam {DH_FILE};\n", ""),
        base="sound-2014",
    ),
    Defect(
        "dh-not-reloaded",
        "dh-parameters.served",
        RSA,
        DHE,
        dhparam("ffdhe2048"),
        also=also(RETIRED),
    ),
    Defect("dhe-offered", RETIRED, RSA, DHE),
    Defect(
        "dhe-offered-mail",
        RETIRED,
        both(RSA, serving("postfix")),
        edit(MAIN, "tls_high_cipherlist = ", "tls_high_cipherlist = DHE-RSA-AES128-GCM-SHA256:"),
    ),
)
