"""The operations of S3: the family's, and those that not all clouds have."""

from __future__ import annotations

from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.family import ROUTES as FAMILY
from entrepot.dialects.s3like.flavour import Routes
from entrepot.dialects.s3like.operations import object_attributes, objects, versions

ROUTES: Routes[Place] = {
    **FAMILY,
    ("bucket", "GET", "versions"): versions.LIST_VERSIONS,
    ("object", "GET", "partNumber"): objects.GET_PART,
    ("object", "HEAD", "partNumber"): objects.HEAD_PART,
    ("object", "GET", "attributes"): object_attributes.GET,
}
