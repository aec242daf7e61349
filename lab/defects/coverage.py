"""Defects of coverage: what was declared and does not answer, what listens and was not declared."""

from lab.defects.defect import Defect, both, serving, site_conf, variables

LISTENERS, ENDPOINTS = "coverage.listeners-declared", "coverage.endpoints-reachable"

COVERAGE: tuple[Defect, ...] = (
    Defect(
        "listener-forgotten",
        LISTENERS,
        variables(tls_endpoints="443"),
        site_conf("    listen 443 ssl;\n", "    listen 443 ssl;\n    listen 4443 ssl;\n"),
    ),
    Defect(
        "listener-forgotten-mail",
        LISTENERS,
        both(serving("postfix"), variables(tls_endpoints="443,465,587/smtp")),
    ),
    Defect("endpoint-dead", ENDPOINTS, variables(tls_endpoints="443,8443")),
    Defect("endpoint-without-tls", ENDPOINTS, variables(tls_endpoints="443,80")),
    Defect("endpoint-without-address", ENDPOINTS, variables(tls_endpoints="443,nowhere.invalid:443")),
)
