"""Where a tenant API is, read from API Gateway: its address, the admin key's secret, its tables.

The API's own configuration is asked, so that the key which is read is the one that this API's authorizer checks, and
the table is the one that its functions use:

    API by name ─► POST /admin/keys ─► authorizer ─► function ─► ADMIN_KEY_SECRET_ARN
                        └────────────► integration ─► function ─► API_KEYS_TABLE
                   GET /data ────────► integration ─► function ─► TENANT_USAGE_TABLE
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from cli.errors import CliError, aws_explained
from cli.explain.deployed import environment_of
from cli.target import Target
from tenant_usage.usage import TABLE_VARIABLE

DEFAULT_API_NAME = "tenant-api"
ADMIN_RESOURCE, DATA_RESOURCE = "/admin/keys", "/data"
_FUNCTION_ARN = re.compile(r"/functions/(arn:[^/]+)/invocations$")
_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


class TenantApi:
    """One deployed API; what is asked for is looked up once."""

    def __init__(self, target: Target, *, name: str, stage: str | None = None, url: str | None = None) -> None:
        """Find the API.

        Raises:
            CliError: there is none of this name, or several, or API Gateway cannot be asked.
        """
        self._target = target
        self._name = name
        self._gateway = target.client("apigateway")
        self._api_id = self._find()
        self._given_stage, self._given_url = stage, url
        with aws_explained(f"read the methods of {name} ({target.name})"):
            resources = [
                resource
                for page in self._gateway.get_paginator("get_resources").paginate(
                    restApiId=self._api_id, embed=["methods"], limit=500
                )
                for resource in page["items"]
            ]
        self._resources: dict[str, Any] = {resource["path"]: resource for resource in resources}

    def url(self) -> str:
        """Return the stage's address, without a slash at its end.

        Raises:
            CliError: it has no stage, or several; or the admin key would travel in the clear.
        """
        url = (self._given_url or self._stage_url()).rstrip("/")
        parts = urlsplit(url)
        if not parts.hostname or (parts.scheme != "https" and parts.hostname not in _LOOPBACK_HOSTS):
            raise CliError(f"{url} is neither https nor on this machine: the admin key would travel in the clear")
        return url

    def admin_key(self) -> str:
        """Read the current admin key. Raises `CliError` where it cannot be read or has no value yet."""
        method = self._method(ADMIN_RESOURCE, "POST")
        with aws_explained(f"read the authorizer of {self._name}"):
            authorizer = self._gateway.get_authorizer(restApiId=self._api_id, authorizerId=method["authorizerId"])
        secret_id = self._setting(authorizer["authorizerUri"], "ADMIN_KEY_SECRET_ARN")
        with aws_explained(f"read the admin key {secret_id}"):
            answer = self._target.client("secretsmanager").get_secret_value(SecretId=secret_id)
        value: str = answer["SecretString"]
        if value == "{}":
            raise CliError(f"the admin key has no value yet: aws secretsmanager rotate-secret --secret-id {secret_id}")
        return value

    def keys_table(self) -> str:
        """Return the name of the table of keys and customers."""
        return self._setting_of_method(ADMIN_RESOURCE, "POST", "API_KEYS_TABLE")

    def usage_table(self) -> str:
        """Return the name of the table of counted requests."""
        return self._setting_of_method(DATA_RESOURCE, "GET", TABLE_VARIABLE)

    def _find(self) -> str:
        with aws_explained(f"list the APIs ({self._target.name})"):
            found = [
                api["id"]
                for page in self._gateway.get_paginator("get_rest_apis").paginate()
                for api in page["items"]
                if api["name"] == self._name
            ]
        if len(found) != 1:
            how_many = "no API" if not found else f"{len(found)} APIs"
            raise CliError(f"there is {how_many} named {self._name} ({self._target.name}): name one with --api NAME")
        return found[0]

    def _stage_url(self) -> str:
        with aws_explained(f"list the stages of {self._name}"):
            stages = [stage["stageName"] for stage in self._gateway.get_stages(restApiId=self._api_id)["item"]]
        if self._given_stage is not None:
            stages = [stage for stage in stages if stage == self._given_stage]
        if len(stages) != 1:
            raise CliError(f"{self._name} has {len(stages)} such stages: name one with --stage NAME")
        if self._target.endpoint_url is not None:
            return f"{self._target.endpoint_url.rstrip('/')}/_aws/execute-api/{self._api_id}/{stages[0]}"
        domain = "amazonaws.com.cn" if self._target.region.startswith("cn-") else "amazonaws.com"
        return f"https://{self._api_id}.execute-api.{self._target.region}.{domain}/{stages[0]}"

    def _method(self, path: str, verb: str) -> Any:
        method = self._resources.get(path, {}).get("resourceMethods", {}).get(verb)
        if method is None:
            raise CliError(f"{self._name} has no {verb} {path}: is it a tenant API? Name one with --api NAME")
        return method

    def _setting_of_method(self, path: str, verb: str, setting: str) -> str:
        return self._setting(self._method(path, verb).get("methodIntegration", {}).get("uri", ""), setting)

    def _setting(self, invocation_uri: str, setting: str) -> str:
        function = _FUNCTION_ARN.search(invocation_uri)
        if function is None:
            raise CliError(f"a method of {self._name} calls no function of Lambda: is it a tenant API?")
        value = environment_of(self._target, function[1]).get(setting)
        if not value:
            raise CliError(f"the function {function[1]} has no setting {setting}: is {self._name} a tenant API?")
        return value
