"""The settings of the hello system."""

from dataclasses import dataclass

import pulumi

from components.cors import Cors
from components.function_platform import FunctionPlatform
from components.settings.reading import cors, platform

KEYS = frozenset({"helloCorsAllowOrigin", "helloEnabled", "helloRuntime"})


@dataclass(frozen=True, kw_only=True)
class HelloSettings:
    """The hello system (`GET /hello` and its invoker): how its functions run, and who may call it from a browser."""

    platform: FunctionPlatform
    cors: Cors | None


def read_hello(config: pulumi.Config) -> HelloSettings:
    """Reads and checks them. Raises `SettingError`."""
    return HelloSettings(
        platform=platform(config, "helloRuntime"),
        cors=cors(config, "helloCorsAllowOrigin"),
    )
