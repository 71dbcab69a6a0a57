"""A COS JSON request ready to be understood: where it goes, with which parameters, under which settings."""

from __future__ import annotations

from entrepot.core.facts.records import Bucket
from entrepot.core.fault import Fault, Kind
from entrepot.core.value import Value
from entrepot.dialects.cos_json.params import Params
from entrepot.dialects.cos_json.place import Place
from entrepot.dialects.cos_json.settings import CosJsonSettings


class Ask(Value, frozen=True, kw_only=True):
    """A request ready to be understood."""

    place: Place
    params: Params
    settings: CosJsonSettings

    @property
    def bucket(self) -> Bucket:
        """The addressed bucket. Raises Fault BUCKET_MISSING."""
        return self.place.existing_bucket()

    def file(self) -> str:
        """The key of a file. Raises Fault for a directory's path."""
        return self.place.file()

    def directory(self) -> str:
        """The key of a directory below the root. Raises Fault for a file's path."""
        if not self.place.key:
            raise Fault(Kind.NAME_INVALID, "this cannot be done to the bucket's root")
        if not self.place.key.endswith("/"):
            raise Fault(Kind.NAME_INVALID, "the path of a directory must end in a slash", reason="dir-slash")
        return self.place.key
