"""What `ca` and `client` share: authorities whose keys are in Secrets Manager, certificates, and the partner registry.

    signing      from a request (CSR) to a certificate, and new keys: pure
    authorities  an authority's generations: keys in Secrets Manager, certificates in SSM, bundles
    operators    changes of the registry, each in the audit trail before and after
    ports        what all of them need of AWS; `aws_stores` and `app_clients` are the adapters, `in_memory` the fakes
    workplace    the ports of one command line

Names in AWS, so that whoever looks finds them:

    gatehouse/ca/<authority>/<generation>               Secrets Manager   an authority's private key
    /gatehouse/ca/<authority>/<generation>              SSM SecureString  its certificate
    /gatehouse/clients/<client id>/<fingerprint>        SSM SecureString  a client's certificate
    gatehouse/client-keys/<client id>/<fingerprint>     Secrets Manager   a client's key, only where it was made here
    <CLIENT_SECRETS_PREFIX><client id>                  Secrets Manager   the secret of its app client at Cognito
"""
