"""The causes of refusals that browsers meet: their stable codes, and what each means. Data only.

The table of causes in the documents is made of this.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Cause(StrEnum):
    """Why a form or a referer is refused."""

    FORM_OVER = "form-policy-over"
    FORM_VALUE = "form-value-differs"
    FORM_CASE = "form-value-case"
    FORM_BLANKS = "form-value-blanks"
    FORM_SLASH = "form-key-slash"
    FORM_FILE_NAME = "form-file-name"
    FORM_TYPE = "form-type-parameters"
    FORM_PREFIX = "form-eq-for-starts-with"
    FORM_ABSENT = "form-field-missing"
    FORM_EXTRA = "form-field-not-covered"
    FORM_UNNAMED = "form-condition-missing"
    FORM_BUCKET = "form-other-bucket"
    FORM_LARGE = "form-file-too-large"
    FORM_SMALL = "form-file-too-small"
    FORM_POLICY = "form-policy-unreadable"
    REFERER_EMPTY = "referer-missing"
    REFERER_NO_HOST = "referer-without-host"
    REFERER_DENIED = "referer-denied"
    REFERER_FORM = "referer-entry-malformed"
    REFERER_APEX = "referer-entry-below-only"
    REFERER_BELOW = "referer-entry-exact"
    REFERER_OTHER = "referer-not-allowed"


BROWSER_MEANINGS: Final[Mapping[Cause, str]] = {
    Cause.FORM_OVER: "the form's policy is over; it is told since when",
    Cause.FORM_VALUE: "a condition of the form's policy wants another value than came",
    Cause.FORM_CASE: "the value differs in upper and lower case alone",
    Cause.FORM_BLANKS: "the value differs in white space alone",
    Cause.FORM_SLASH: "the key was signed with a slash at its begin and came without, or the reverse",
    Cause.FORM_FILE_NAME: "the key holds `${filename}`, and the condition compares what stands for it, or the reverse",
    Cause.FORM_TYPE: "the content type differs in its parameters alone, such as the charset",
    Cause.FORM_PREFIX: "a condition says `eq` where `starts-with` was meant",
    Cause.FORM_ABSENT: "a condition is about a field that the form does not have before its file",
    Cause.FORM_EXTRA: "the form has a field that no condition of its policy is about",
    Cause.FORM_UNNAMED: "the policy must have a condition on a field, and has none",
    Cause.FORM_BUCKET: "the form was signed for another bucket than the one that it was posted to",
    Cause.FORM_LARGE: "the file is larger than the policy's content-length-range",
    Cause.FORM_SMALL: "the file is smaller than the policy's content-length-range",
    Cause.FORM_POLICY: "the policy could not be read: its base64, its JSON, or a condition",
    Cause.REFERER_EMPTY: "the bucket takes no request without Referer",
    Cause.REFERER_NO_HOST: "the Referer names no host",
    Cause.REFERER_DENIED: "an entry of the bucket's deny list takes the referer",
    Cause.REFERER_FORM: "an entry of the allow list has a scheme, a port, a path or capitals, so that it takes no host",
    Cause.REFERER_APEX: "an entry of the allow list takes names below a domain, and the referer is the domain itself",
    Cause.REFERER_BELOW: "an entry of the allow list takes a domain itself, and the referer is below it",
    Cause.REFERER_OTHER: "no entry of the allow list comes near",
}
