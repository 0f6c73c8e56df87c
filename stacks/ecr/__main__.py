"""The repositories for images of functions: a stack of its own, because images are there before functions."""

import pulumi

from components.container_repositories import ContainerRepositories, ContainerRepositoriesArgs

config = pulumi.Config()
repositories = ContainerRepositories(
    "images",
    ContainerRepositoriesArgs(
        function_names=config.require_object("functionNames"),
        namespace=config.require("namespace"),
        kms_key_arn=config.get("kmsKeyArn") or None,
        kept_images=config.require_int("keptImages"),
        force_delete=config.require_bool("forceDelete"),
        tags=config.require_object("tags"),
    ),
)

pulumi.export("repositoryPrefix", repositories.repository_prefix)
pulumi.export("repositoryUrls", repositories.repository_urls)
