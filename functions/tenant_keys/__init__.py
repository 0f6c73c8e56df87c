"""The function behind `/admin/keys`: an administrator creates, lists and revokes customers' API keys.

    operations    the routes, as data
    requests      what a request may say
    handler       `tenant_keys.handler.handle`, what Lambda calls
    key_admin     each operation with its records in the audit trail

Who is an administrator is the chain `chains/admin_key`'s to say.
"""
