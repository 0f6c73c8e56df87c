"""What `make status` prints of custom domains: where each is served, how to call it, what its truststore warns of.

Pure: it is handed what the sandbox says (`GET /_gatehouse/domains`).
"""

from collections.abc import Iterator, Mapping
from typing import Any


def domain_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """A line for each domain and for each warning; nothing where there are no domains."""
    for domain in document["domains"]:
        name, port = domain["domain"], domain["port"]
        kind = "mutual TLS" if domain["mutualTls"] else "TLS"
        if domain["problem"]:
            yield f"domain {name} ({kind}) is not served: {domain['problem']}"
            continue
        yield f"domain {name} ({kind}): https://{name}:{port} at {domain['host']}:{port}"
        certificate = " --cert CLIENT.pem --key CLIENT.key" if domain["mutualTls"] else ""
        yield f"  curl --resolve {name}:{port}:{domain['host']} --cacert CA.pem{certificate} https://{name}:{port}/"
        if domain.get("truststoreUri"):
            yield f"  truststore: {domain['truststoreUri']}, version {domain['truststoreVersion']}"
        for warning in domain.get("truststoreWarnings", ()):
            yield f"  truststore warning: {warning}"
    if document["domains"] and document["authority"]:
        yield f"CA of the certificates that ACM issued here: {document['authority']}"
