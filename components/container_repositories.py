"""`ContainerRepositories`: a repository in ECR for the images of each function.

    names of functions ──► repositories: tags never move, every push is scanned, encrypted
                                └──► lifecycle policies: what has no tag goes, of the others the newest stay

A program of its own deploys it (stacks/ecr), because images have to be there before the functions. It deliberately lets
nobody pull: Lambda adds its own right to a repository when a function is made from it, if whoever deploys may set
repository policies (https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#configuration-images-permissions).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.container_images import check_repository_name, repository_name
from components.errors import ArgumentError

# A deployment can be taken back to one of this many. Lambda keeps its own copy of what runs.
KEPT_IMAGES = 30
UNTAGGED_DAYS = 1
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
COUNTS = range(1, 1000 + 1)


@dataclass(frozen=True, kw_only=True)
class ContainerRepositoriesArgs:
    """Which repositories there are: `<namespace>/<function name>` for each function.

    `kms_key_arn` is a customer managed key; without one, images are encrypted with a key of AWS's (AES-256). It cannot
    be changed later: the repositories would be made anew, empty. `force_delete` lets a repository go with its images.
    Raises `ArgumentError` for what ECR would refuse.
    """

    function_names: Sequence[str]
    namespace: str = "gatehouse"
    kms_key_arn: pulumi.Input[str] | None = None
    kept_images: int = KEPT_IMAGES
    force_delete: bool = False
    tags: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        if not self.function_names:
            raise ArgumentError("function_names: is empty; name at least one function.")
        names = [repository_name(name) for name in self.function_names]
        for name in names:
            check_repository_name("function_names", f"{self.namespace}/{name}")
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ArgumentError(f"function_names: {', '.join(twice)} would be two functions' repository; rename one.")
        if self.kept_images not in COUNTS:
            raise ArgumentError(f"kept_images={self.kept_images}; keep 1 to 1000.")


class ContainerRepositories(pulumi.ComponentResource):
    """The repositories.

    Logical names: `<name>-<function name>` and `<name>-<function name>-lifecycle`. `repository_urls` are by function;
    `repository_prefix` is what stands before the functions' names in them (`gatehouse:imageRepositoryPrefix`).
    """

    repository_urls: pulumi.Output[Mapping[str, str]]
    repository_prefix: pulumi.Output[str]

    def __init__(self, name: str, args: ContainerRepositoriesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatehouse:index:ContainerRepositories", name, None, opts)
        self.args = args
        repositories = {function: self._repository(name, function) for function in sorted(args.function_names)}
        self.repository_urls = pulumi.Output.all(**{key: each.repository_url for key, each in repositories.items()})
        first, repository = next(iter(repositories.items()))
        self.repository_prefix = repository.repository_url.apply(
            lambda url: url.removesuffix(f"/{repository_name(first)}")
        )
        self.register_outputs({"repository_urls": self.repository_urls, "repository_prefix": self.repository_prefix})

    def _repository(self, name: str, function: str) -> aws.ecr.Repository:
        args = self.args
        repository = aws.ecr.Repository(
            f"{name}-{function}",
            name=f"{args.namespace}/{repository_name(function)}",
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            encryption_configurations=[
                aws.ecr.RepositoryEncryptionConfigurationArgs(encryption_type="AES256")
                if args.kms_key_arn is None
                else aws.ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS", kms_key=args.kms_key_arn)
            ],
            force_delete=args.force_delete,
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.ecr.LifecyclePolicy(
            f"{name}-{function}-lifecycle",
            repository=repository.name,
            policy=json.dumps(lifecycle_rules(args.kept_images), sort_keys=True),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return repository


def lifecycle_rules(kept_images: int) -> dict[str, object]:
    """The document of a lifecycle policy; ECR applies rules by priority, and `any` has to come last."""
    expire = {"type": "expire"}
    return {
        "rules": [
            {
                "rulePriority": 1,
                "description": f"What has no tag goes after {UNTAGGED_DAYS} day",
                "selection": {
                    "tagStatus": "untagged",
                    "countType": "sinceImagePushed",
                    "countUnit": "days",
                    "countNumber": UNTAGGED_DAYS,
                },
                "action": expire,
            },
            {
                "rulePriority": 2,
                "description": f"The newest {kept_images} stay",
                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": kept_images},
                "action": expire,
            },
        ]
    }
