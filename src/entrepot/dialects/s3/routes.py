"""The operations of S3: the family's, and those that not all clouds have."""

from __future__ import annotations

from entrepot.dialects.s3 import buckets
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.family import ROUTES as FAMILY
from entrepot.dialects.s3like.flavour import Routes
from entrepot.dialects.s3like.operations import configuration, object_attributes, objects, restoration, versions

ROUTES: Routes[Place] = {
    **FAMILY,
    ("bucket", "PUT", ""): buckets.CREATE,
    ("bucket", "HEAD", ""): buckets.HEAD,
    ("bucket", "DELETE", ""): buckets.DELETE,
    ("bucket", "GET", "location"): buckets.LOCATE,
    ("bucket", "GET", "versions"): versions.LIST_VERSIONS,
    ("bucket", "PUT", "tagging"): configuration.PUT_BUCKET_TAGS,
    ("bucket", "GET", "tagging"): configuration.GET_BUCKET_TAGS,
    ("bucket", "DELETE", "tagging"): configuration.DELETE_BUCKET_TAGS,
    ("bucket", "PUT", "ownershipControls"): buckets.PUT_OWNERSHIP,
    ("bucket", "GET", "ownershipControls"): buckets.GET_OWNERSHIP,
    ("bucket", "DELETE", "ownershipControls"): buckets.DELETE_OWNERSHIP,
    ("service", "GET", ""): buckets.LIST,
    ("object", "GET", "partNumber"): objects.GET_PART,
    ("object", "HEAD", "partNumber"): objects.HEAD_PART,
    ("object", "GET", "attributes"): object_attributes.GET,
    ("object", "POST", "restore"): restoration.RESTORE,
}
