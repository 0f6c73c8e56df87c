"""Where a tenant API is, read from API Gateway: its address, the admin key's secret, its tables.

The API's own configuration is asked, so that the key which is read is the one that this API's authorizer checks, and
the table is the one that its functions use:

    API by name ─► POST /admin/keys ─► authorizer ─► function ─► ADMIN_KEY_SECRET_ARN
                        └────────────► integration ─► function ─► API_KEYS_TABLE
                   GET /data ────────► integration ─► function ─► TENANT_USAGE_TABLE
"""

from __future__ import annotations

from cli.deployed_api import DeployedApi
from cli.errors import CliError, aws_explained
from cli.target import Target
from tenant_usage.usage import TABLE_VARIABLE

ADMIN_RESOURCE, DATA_RESOURCE = "/admin/keys", "/data"


class TenantApi:
    """One deployed API; what is asked for is looked up once."""

    def __init__(self, target: Target, *, name: str, stage: str | None = None, url: str | None = None) -> None:
        """Find the API.

        Raises:
            CliError: there is none of this name, or several, or API Gateway cannot be asked.
        """
        self._target = target
        self._api = DeployedApi(target, name=name, kind="a tenant API", stage=stage, url=url)

    def url(self) -> str:
        """Return the stage's address, without a slash at its end; raises `CliError`."""
        return self._api.url()

    def admin_key(self) -> str:
        """Read the current admin key. Raises `CliError` where it cannot be read or has no value yet."""
        secret_id = self._api.setting_of_authorizer(ADMIN_RESOURCE, "POST", "ADMIN_KEY_SECRET_ARN")
        with aws_explained(f"read the admin key {secret_id}"):
            answer = self._target.client("secretsmanager").get_secret_value(SecretId=secret_id)
        value: str = answer["SecretString"]
        if value == "{}":
            raise CliError(f"the admin key has no value yet: aws secretsmanager rotate-secret --secret-id {secret_id}")
        return value

    def keys_table(self) -> str:
        """Return the name of the table of keys and customers."""
        return self._api.setting_of_method(ADMIN_RESOURCE, "POST", "API_KEYS_TABLE")

    def usage_table(self) -> str:
        """Return the name of the table of counted requests."""
        return self._api.setting_of_method(DATA_RESOURCE, "GET", TABLE_VARIABLE)
