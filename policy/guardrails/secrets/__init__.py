"""The secrets family: no secret value comes from anywhere but Secrets Manager, and what is there is read by few.

detection, formats, names    is a named text a secret?
documents, judged            the same for larger texts and for nested inputs, and what follows from it
variables, texts, user_data, parameters, tags, outputs    where a secret would be seen
archives                     the same for files of code
inputs, generated            what takes a secret, or makes one, in the program or its state
secret_versions, app_clients, client_secrets    secrets that AWS makes stay there
rotation, reading            what is in Secrets Manager is changed, and read one by one
"""

from typing import Final

from guardrails.rules import Rule
from guardrails.secrets.app_clients import APP_CLIENT_RULE
from guardrails.secrets.archives.rules import CODE_RULE, LIKELY_RULE
from guardrails.secrets.client_secrets import COPIES_RULE, IDENTITY_PROVIDER_RULE
from guardrails.secrets.generated import GENERATED_RULE
from guardrails.secrets.inputs import FOUND_RULE, NAMED_RULE
from guardrails.secrets.outputs import OUTPUTS_RULE
from guardrails.secrets.parameters import PARAMETER_RULE
from guardrails.secrets.reading import ATTACHMENT_RULE, IDENTITY_RULE, SECRET_POLICY_RULE
from guardrails.secrets.rotation import ROTATION_RULE
from guardrails.secrets.secret_versions import SECRET_VERSION_RULE
from guardrails.secrets.tags import TAGS_RULE
from guardrails.secrets.texts import BODY_RULE, CONTAINERS_RULE, DEFINITION_RULE
from guardrails.secrets.user_data import USER_DATA_RULE
from guardrails.secrets.variables import (
    ENVIRONMENT_RULE,
    HTTP_STAGE_VARIABLES_RULE,
    PROJECT_RULE,
    STAGE_VARIABLES_RULE,
)

RULES: Final[tuple[Rule, ...]] = (
    ENVIRONMENT_RULE,
    STAGE_VARIABLES_RULE,
    HTTP_STAGE_VARIABLES_RULE,
    PROJECT_RULE,
    BODY_RULE,
    DEFINITION_RULE,
    CONTAINERS_RULE,
    USER_DATA_RULE,
    PARAMETER_RULE,
    CODE_RULE,
    LIKELY_RULE,
    TAGS_RULE,
    OUTPUTS_RULE,
    NAMED_RULE,
    FOUND_RULE,
    GENERATED_RULE,
    SECRET_VERSION_RULE,
    ROTATION_RULE,
    IDENTITY_RULE,
    ATTACHMENT_RULE,
    SECRET_POLICY_RULE,
    APP_CLIENT_RULE,
    IDENTITY_PROVIDER_RULE,
    COPIES_RULE,
)
