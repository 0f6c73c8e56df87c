"""What deploying a resource type needs of IAM: actions, and the ARNs that they are needed for. Data only.

Templates: {region} and {account} are the deployment's, {name} is the resource's own name, or its logical name and `-*`
where the provider adds random characters. Sources: AWS's Service Authorization Reference, and the calls that the
provider makes to create, read, update, tag and delete the type. Actions are written out; none has a wildcard.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Right:
    """Actions on resources; `policy` is the document that it goes to, `why_any` the reason for the resource `*`."""

    policy: str
    actions: Sequence[str]
    resources: Sequence[str]
    why_any: str | None = None
    passed_to: str | None = None


def _of(policy: str, service: str, actions: str, *resources: str, why_any: str | None = None) -> Right:
    return Right(policy, [f"{service}:{each}" for each in actions.split()], resources or ["*"], why_any)


_API = "arn:aws:apigateway:{region}::"
_REST_API = _of("apis", "apigateway", "DELETE GET PATCH POST PUT", f"{_API}/restapis", f"{_API}/restapis/*")
_API_TAGS = _of("apis", "apigateway", "DELETE GET PATCH POST PUT", f"{_API}/tags/*")
_VERBS = "DELETE GET PATCH POST PUT"
_DOMAINS = _of("apis", "apigateway", _VERBS, f"{_API}/domainnames", f"{_API}/domainnames/*")
_BUCKET = (
    "CreateBucket DeleteBucket GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLocation "
    "GetBucketLogging "
    "GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy GetBucketPublicAccessBlock "
    "GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration "
    "GetLifecycleConfiguration GetReplicationConfiguration ListBucket PutBucketTagging"
)
_BUCKETS, _OBJECTS = "arn:aws:s3:::{name}", "arn:aws:s3:::{owner}/*"
_OWNER = "arn:aws:s3:::{owner}"
_OF_FUNCTIONS = "arn:aws:lambda:{region}:{account}:function:{function}"
_ROLE = "arn:aws:iam::{account}:role/{name}"
_ROLES = "arn:aws:iam::{account}:role/{owner}"
_POOLS = "arn:aws:cognito-idp:{region}:{account}:userpool/*"
_SECRETS = "arn:aws:secretsmanager:{region}:{account}:secret:{name}-*"
_ACL = "arn:aws:wafv2:{region}:{account}:regional/webacl/{name}/*"
_NOT_NAMED = "AWS knows no resource for it"

RIGHTS: Final[dict[str, Sequence[Right]]] = {
    "aws:acm/certificate:Certificate": [
        _of("edge", "acm", "RequestCertificate", why_any="the certificate has no ARN before"),
        _of(
            "edge",
            "acm",
            "AddTagsToCertificate DeleteCertificate DescribeCertificate ListTagsForCertificate "
            "RemoveTagsFromCertificate",
            "arn:aws:acm:{region}:{account}:certificate/*",
        ),
    ],
    "aws:acm/certificateValidation:CertificateValidation": [
        _of("edge", "acm", "DescribeCertificate", "arn:aws:acm:{region}:{account}:certificate/*")
    ],
    "aws:apigateway/account:Account": [_of("apis", "apigateway", "GET PATCH", f"{_API}/account")],
    "aws:apigateway/authorizer:Authorizer": [_REST_API],
    "aws:apigateway/basePathMapping:BasePathMapping": [_DOMAINS],
    "aws:apigateway/deployment:Deployment": [_REST_API],
    "aws:apigateway/domainName:DomainName": [_DOMAINS, _API_TAGS],
    "aws:apigateway/integration:Integration": [_REST_API],
    "aws:apigateway/integrationResponse:IntegrationResponse": [_REST_API],
    "aws:apigateway/method:Method": [_REST_API],
    "aws:apigateway/methodResponse:MethodResponse": [_REST_API],
    "aws:apigateway/methodSettings:MethodSettings": [_REST_API],
    "aws:apigateway/model:Model": [_REST_API],
    "aws:apigateway/requestValidator:RequestValidator": [_REST_API],
    "aws:apigateway/resource:Resource": [_REST_API],
    "aws:apigateway/response:Response": [_REST_API],
    "aws:apigateway/restApi:RestApi": [_REST_API, _API_TAGS],
    "aws:apigateway/restApiPolicy:RestApiPolicy": [
        _REST_API,
        _of("apis", "apigateway", "UpdateRestApiPolicy", f"{_API}/restapis/*"),
    ],
    "aws:apigateway/stage:Stage": [
        _REST_API,
        _API_TAGS,
        _of(
            "apis",
            "logs",
            "CreateLogDelivery DeleteLogDelivery DescribeResourcePolicies GetLogDelivery ListLogDeliveries "
            "PutResourcePolicy UpdateLogDelivery",
            why_any=_NOT_NAMED,
        ),
    ],
    "aws:cloudwatch/dashboard:Dashboard": [
        _of(
            "apis",
            "cloudwatch",
            "DeleteDashboards GetDashboard PutDashboard",
            "arn:aws:cloudwatch::{account}:dashboard/{name}",
        )
    ],
    "aws:cloudwatch/logGroup:LogGroup": [
        _of("logs", "logs", "DescribeLogGroups", why_any="it lists all groups of the account"),
        _of(
            "logs",
            "logs",
            "CreateLogGroup DeleteLogGroup DeleteRetentionPolicy ListTagsForResource PutRetentionPolicy TagResource "
            "UntagResource",
            "arn:aws:logs:{region}:{account}:log-group:{name}",
            "arn:aws:logs:{region}:{account}:log-group:{name}:*",
        ),
    ],
    "aws:cloudwatch/metricAlarm:MetricAlarm": [
        _of(
            "apis",
            "cloudwatch",
            "DeleteAlarms DescribeAlarms ListTagsForResource PutMetricAlarm TagResource UntagResource",
            "arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
        )
    ],
    "aws:cognito/resourceServer:ResourceServer": [
        _of(
            "edge",
            "cognito-idp",
            "CreateResourceServer DeleteResourceServer DescribeResourceServer UpdateResourceServer",
            _POOLS,
        )
    ],
    "aws:cognito/userPool:UserPool": [
        _of("edge", "cognito-idp", "CreateUserPool", why_any="the pool has no ARN before"),
        _of(
            "edge",
            "cognito-idp",
            "DeleteUserPool DescribeUserPool GetUserPoolMfaConfig ListTagsForResource SetUserPoolMfaConfig "
            "TagResource UntagResource UpdateUserPool",
            _POOLS,
        ),
    ],
    "aws:cognito/userPoolDomain:UserPoolDomain": [
        _of("edge", "cognito-idp", "DescribeUserPoolDomain", why_any=_NOT_NAMED),
        _of("edge", "cognito-idp", "CreateUserPoolDomain DeleteUserPoolDomain UpdateUserPoolDomain", _POOLS),
    ],
    "aws:dynamodb/table:Table": [
        _of(
            "data",
            "dynamodb",
            "CreateTable DeleteTable DescribeContinuousBackups DescribeTable DescribeTimeToLive ListTagsOfResource "
            "TagResource UntagResource UpdateContinuousBackups UpdateTable UpdateTimeToLive",
            "arn:aws:dynamodb:{region}:{account}:table/{name}",
        )
    ],
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": [
        _of(
            "images",
            "ecr",
            "DeleteLifecyclePolicy GetLifecyclePolicy PutLifecyclePolicy",
            "arn:aws:ecr:{region}:{account}:repository/{namespace}/*",
        )
    ],
    "aws:ecr/repository:Repository": [
        _of(
            "images",
            "ecr",
            "CreateRepository DeleteRepository DescribeRepositories GetRepositoryPolicy ListTagsForResource "
            "PutImageScanningConfiguration PutImageTagMutability SetRepositoryPolicy TagResource UntagResource",
            "arn:aws:ecr:{region}:{account}:repository/{namespace}/*",
        )
    ],
    "aws:iam/role:Role": [
        _of(
            "roles",
            "iam",
            "CreateRole DeleteRole GetRole ListAttachedRolePolicies ListInstanceProfilesForRole ListRolePolicies "
            "ListRoleTags TagRole UntagRole UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription",
            _ROLE,
        ),
        Right("roles", ["iam:PassRole"], [_ROLE], passed_to="lambda.amazonaws.com apigateway.amazonaws.com"),
    ],
    "aws:iam/rolePolicy:RolePolicy": [_of("roles", "iam", "DeleteRolePolicy GetRolePolicy PutRolePolicy", _ROLES)],
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": [
        _of("roles", "iam", "AttachRolePolicy DetachRolePolicy ListAttachedRolePolicies", _ROLES)
    ],
    "aws:lambda/alias:Alias": [
        _of("functions", "lambda", "CreateAlias DeleteAlias GetAlias UpdateAlias", _OF_FUNCTIONS)
    ],
    "aws:lambda/function:Function": [
        _of(
            "functions",
            "lambda",
            "CreateFunction DeleteFunction GetFunction GetFunctionCodeSigningConfig GetFunctionConfiguration ListTags "
            "ListVersionsByFunction PublishVersion TagResource UntagResource UpdateFunctionCode "
            "UpdateFunctionConfiguration",
            _OF_FUNCTIONS,
        ),
        _of("functions", "lambda", "GetLayerVersion", "arn:aws:lambda:{region}:*:layer:*:*"),
        _of(
            "functions",
            "ec2",
            "DescribeSecurityGroups DescribeSubnets DescribeVpcs",
            why_any="EC2 knows no resource for them; Lambda asks where a function has a VPC",
        ),
    ],
    "aws:lambda/invocation:Invocation": [_of("functions", "lambda", "InvokeFunction", _OF_FUNCTIONS)],
    "aws:lambda/layerVersion:LayerVersion": [
        _of(
            "functions",
            "lambda",
            "DeleteLayerVersion GetLayerVersion PublishLayerVersion",
            "arn:aws:lambda:{region}:{account}:layer:{name}",
            "arn:aws:lambda:{region}:{account}:layer:{name}:*",
        )
    ],
    "aws:lambda/permission:Permission": [
        _of("functions", "lambda", "AddPermission GetPolicy RemovePermission", _OF_FUNCTIONS)
    ],
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": [
        _of(
            "functions",
            "lambda",
            "DeleteProvisionedConcurrencyConfig GetProvisionedConcurrencyConfig PutProvisionedConcurrencyConfig",
            _OF_FUNCTIONS,
        )
    ],
    "aws:route53/record:Record": [
        _of(
            "edge",
            "route53",
            "ChangeResourceRecordSets GetHostedZone ListResourceRecordSets",
            "arn:aws:route53:::hostedzone/*",
        ),
        _of("edge", "route53", "GetChange", "arn:aws:route53:::change/*"),
    ],
    "aws:s3/bucket:Bucket": [_of("data", "s3", _BUCKET, _BUCKETS)],
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": [
        _of("data", "s3", "GetLifecycleConfiguration PutLifecycleConfiguration", _OWNER)
    ],
    "aws:s3/bucketObjectv2:BucketObjectv2": [
        _of(
            "data",
            "s3",
            "DeleteObject DeleteObjectVersion GetObject GetObjectTagging GetObjectVersion PutObject PutObjectTagging",
            _OBJECTS,
        ),
        _of("data", "s3", "ListBucket ListBucketVersions", _OWNER),
    ],
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": [
        _of("data", "s3", "GetBucketOwnershipControls PutBucketOwnershipControls", _OWNER)
    ],
    "aws:s3/bucketPolicy:BucketPolicy": [
        _of("data", "s3", "DeleteBucketPolicy GetBucketPolicy PutBucketPolicy", _OWNER)
    ],
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": [
        _of("data", "s3", "GetBucketPublicAccessBlock PutBucketPublicAccessBlock", _OWNER)
    ],
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": [
        _of("data", "s3", "GetEncryptionConfiguration PutEncryptionConfiguration", _OWNER)
    ],
    "aws:s3/bucketVersioning:BucketVersioning": [_of("data", "s3", "GetBucketVersioning PutBucketVersioning", _OWNER)],
    "aws:secretsmanager/secret:Secret": [
        _of(
            "data",
            "secretsmanager",
            "CreateSecret DeleteSecret DescribeSecret GetResourcePolicy RestoreSecret TagResource UntagResource "
            "UpdateSecret",
            _SECRETS,
        )
    ],
    # The version that is deployed is a placeholder without a secret, and the provider reads it back.
    "aws:secretsmanager/secretVersion:SecretVersion": [
        _of(
            "data",
            "secretsmanager",
            "DescribeSecret GetSecretValue PutSecretValue UpdateSecretVersionStage",
            "arn:aws:secretsmanager:{region}:{account}:secret:{owner}",
        )
    ],
    "aws:secretsmanager/secretRotation:SecretRotation": [
        _of(
            "data",
            "secretsmanager",
            "CancelRotateSecret DescribeSecret RotateSecret",
            "arn:aws:secretsmanager:{region}:{account}:secret:{owner}",
        )
    ],
    "aws:wafv2/webAcl:WebAcl": [
        _of(
            "edge",
            "wafv2",
            "CreateWebACL DeleteWebACL GetWebACL ListTagsForResource TagResource UntagResource UpdateWebACL",
            _ACL,
        )
    ],
    "aws:wafv2/webAclAssociation:WebAclAssociation": [
        _of(
            "edge",
            "wafv2",
            "AssociateWebACL DisassociateWebACL GetWebACLForResource",
            "arn:aws:wafv2:{region}:{account}:regional/webacl/*/*",
            _POOLS,
        ),
        _of("edge", "cognito-idp", "AssociateWebACL DisassociateWebACL GetWebACLForResource", _POOLS),
    ],
}
