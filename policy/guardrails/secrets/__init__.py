"""The secrets family: no secret value comes from anywhere but Secrets Manager.

Judged today: function environments, stage variables, the versions of secrets and the secrets of app clients. Not judged
yet: SSM parameters, API bodies, user data, files in code archives, and whether a secret rotates.
"""

from typing import Final

from guardrails.rules import Rule
from guardrails.secrets.app_clients import APP_CLIENT_RULE
from guardrails.secrets.secret_versions import SECRET_VERSION_RULE
from guardrails.secrets.variables import ENVIRONMENT_RULE, STAGE_VARIABLES_RULE

RULES: Final[tuple[Rule, ...]] = (ENVIRONMENT_RULE, STAGE_VARIABLES_RULE, SECRET_VERSION_RULE, APP_CLIENT_RULE)
