"""The Pulumi program: read the stack's settings, build, export. Everything else is in components/."""

import pulumi

from components.program import api_summary, build
from components.settings import read_settings

deployed = build(read_settings())

pulumi.export("apis", {name: api_summary(api) for name, api in deployed.apis.items()})
pulumi.export("functions", dict(deployed.functions))
pulumi.export("secrets", dict(deployed.secrets))
for name, value in deployed.others.items():
    pulumi.export(name, value)
