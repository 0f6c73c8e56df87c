"""What a command needs to know of a deployed API, read from API Gateway and Lambda: its stage, its functions' settings.

The API's own configuration is asked, so that a command works on the very table, pool or secret that the API uses.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from cli.errors import CliError, aws_explained
from cli.explain.deployed import environment_of
from cli.target import Target

_FUNCTION_ARN = re.compile(r"/functions/(arn:[^/]+)/invocations$")
_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


class DeployedApi:
    """One REST API; what is asked for is looked up once. `kind` is what errors call it, such as `a tenant API`."""

    def __init__(
        self, target: Target, *, name: str, kind: str, stage: str | None = None, url: str | None = None
    ) -> None:
        """Find the API.

        Raises:
            CliError: there is none of this name, or several, or API Gateway cannot be asked.
        """
        self.target = target
        self.name = name
        self.kind = kind
        self.gateway = target.client("apigateway")
        self.api_id = self._find()
        self._given_stage, self._given_url = stage, url
        with aws_explained(f"read the methods of {name} ({target.name})"):
            resources = [
                resource
                for page in self.gateway.get_paginator("get_resources").paginate(
                    restApiId=self.api_id, embed=["methods"], limit=500
                )
                for resource in page["items"]
            ]
        self._resources: dict[str, Any] = {resource["path"]: resource for resource in resources}

    def url(self) -> str:
        """Return the stage's address, without a slash at its end.

        Raises:
            CliError: it has no stage, or several; or credentials would travel in the clear.
        """
        url = (self._given_url or self._stage_url()).rstrip("/")
        parts = urlsplit(url)
        if not parts.hostname or (parts.scheme != "https" and parts.hostname not in _LOOPBACK_HOSTS):
            raise CliError(f"{url} is neither https nor on this machine: the admin key would travel in the clear")
        return url

    def setting_of_method(self, path: str, verb: str, setting: str) -> str:
        """Return a setting of the function behind a method; raises `CliError` where there is none."""
        return self.setting(self.method(path, verb).get("methodIntegration", {}).get("uri", ""), setting)

    def setting_of_authorizer(self, path: str, verb: str, setting: str) -> str:
        """Return a setting of the authorizer before a method; raises `CliError` where there is none."""
        method = self.method(path, verb)
        with aws_explained(f"read the authorizer of {self.name}"):
            authorizer = self.gateway.get_authorizer(restApiId=self.api_id, authorizerId=method["authorizerId"])
        return self.setting(authorizer["authorizerUri"], setting)

    def method(self, path: str, verb: str) -> Any:
        """Return a method as API Gateway has it; raises `CliError` where there is none."""
        method = self._resources.get(path, {}).get("resourceMethods", {}).get(verb)
        if method is None:
            raise CliError(f"{self.name} has no {verb} {path}: is it {self.kind}? Name one with --api NAME")
        return method

    def setting(self, invocation_uri: str, setting: str) -> str:
        """Return a setting of the function that API Gateway calls at this address; raises `CliError`."""
        function = _FUNCTION_ARN.search(invocation_uri)
        if function is None:
            raise CliError(f"a method of {self.name} calls no function of Lambda: is it {self.kind}?")
        value = environment_of(self.target, function[1]).get(setting)
        if not value:
            raise CliError(f"the function {function[1]} has no setting {setting}: is {self.name} {self.kind}?")
        return value

    def _find(self) -> str:
        with aws_explained(f"list the APIs ({self.target.name})"):
            found = [
                api["id"]
                for page in self.gateway.get_paginator("get_rest_apis").paginate()
                for api in page["items"]
                if api["name"] == self.name
            ]
        if len(found) != 1:
            how_many = "no API" if not found else f"{len(found)} APIs"
            raise CliError(f"there is {how_many} named {self.name} ({self.target.name}): name one with --api NAME")
        return found[0]

    def _stage_url(self) -> str:
        with aws_explained(f"list the stages of {self.name}"):
            stages = [stage["stageName"] for stage in self.gateway.get_stages(restApiId=self.api_id)["item"]]
        if self._given_stage is not None:
            stages = [stage for stage in stages if stage == self._given_stage]
        if len(stages) != 1:
            raise CliError(f"{self.name} has {len(stages)} such stages: name one with --stage NAME")
        if self.target.endpoint_url is not None:
            return f"{self.target.endpoint_url.rstrip('/')}/_aws/execute-api/{self.api_id}/{stages[0]}"
        domain = "amazonaws.com.cn" if self.target.region.startswith("cn-") else "amazonaws.com"
        return f"https://{self.api_id}.execute-api.{self.target.region}.{domain}/{stages[0]}"
