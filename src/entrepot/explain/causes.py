"""Every cause: its stable code, the sentence that names it, and what to change. Data only.

``{note}`` is what was otherwise. The other names in braces are what an SDK calls its settings; :mod:`.sdks` has them.
The table of causes in the documents is made of this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from entrepot.core.value import Value


class Cause(Value, frozen=True, kw_only=True):
    """What is said of a cause. ``sentence`` says what happened, ``change`` what to do about it."""

    sentence: str
    change: str


def _cause(sentence: str, change: str) -> Cause:
    return Cause(sentence=sentence, change=change)


MISMATCHES: Final[Mapping[str, Cause]] = {
    # the address
    "method-differs": _cause(
        "the request was signed for {note}, and came with another method",
        "sign for the method that is sent: an address signed for one method serves no other, a HEAD no GET either;"
        " look for redirects, which turn POST into GET",
    ),
    "host-without-port": _cause(
        "the host was signed as {note}, without the port that the request names",
        "sign the Host header as it is sent, port included; behind a proxy pass Host on with its port",
    ),
    "host-with-port": _cause(
        "the host was signed as {note}, with a port that the request does not name",
        "sign the Host header as it is sent; let the proxy pass Host on unchanged (nginx: proxy_set_header Host"
        " $http_host)",
    ),
    "host-forwarded": _cause(
        "the host was signed as {note}, and a proxy in between changed it",
        "let the proxy pass Host on unchanged (nginx: proxy_set_header Host $http_host; Apache: ProxyPreserveHost On)",
    ),
    "host-of-request": _cause(
        "the host was signed as the Host header has it ({note}), and the request line names another",
        "give one address: {endpoint} and the proxy's target must name the same host",
    ),
    "host-bucket": _cause(
        "the bucket was signed in the other place: the host was signed as {note}",
        "have the SDK sign for the address that is called: {style}; no proxy may move the bucket between host and path",
    ),
    "host-official": _cause(
        "the host was signed as the cloud's own, {note}, and the request came here under another name",
        "give the SDK this server's address by {endpoint}, and do not rewrite the address after signing",
    ),
    "host-loopback": _cause(
        "the host was signed as {note}, another name of the same server",
        "use one name for signing and for calling: {endpoint} must be the address that the client itself calls",
    ),
    "host-case": _cause(
        "the host was signed in other letters, {note}",
        "write the host in {endpoint} in lower case, without a dot at its end",
    ),
    "path-encoded-twice": _cause(
        "the path was percent-encoded once more when it was signed, or once less when it was sent",
        "encode the key once; give the SDK the plain key, and do not encode it before",
    ),
    "path-not-encoded": _cause(
        "the path was signed decoded, where it has to be percent-encoded, or in another decoding",
        "sign the path as it is sent, each letter but A-Z a-z 0-9 - . _ ~ and / as %XX of its UTF-8",
    ),
    "path-plus": _cause(
        "a space or a plus of the path was signed otherwise than it came: + is a plus in a path, %20 a space",
        "write a space as %20 and a plus as %2B in paths; form encoders (URLSearchParams, quote_plus, URLEncoder)"
        " write + for a space",
    ),
    "path-escapes": _cause(
        "the path was signed with other letters escaped than in the documented form",
        "escape all but A-Z a-z 0-9 - . _ ~ and /, in capitals (%2F); encodeURIComponent leaves ! ' ( ) * as they are",
    ),
    "path-bucket": _cause(
        "the path was signed with the bucket in another place: as {note}",
        "sign the path that the scheme wants: bucket and key for OSS, the path as sent for the others; {style}",
    ),
    "path-slashes": _cause(
        "the path was signed with other slashes or dots: as {note}",
        "send the path unchanged: no proxy or URL library may join double slashes, take away dots, or add a slash",
    ),
    "path-prefix": _cause(
        "the path was signed as {note}: something in between took a piece away, or put one in front",
        "let the proxy pass the path on unchanged (nginx: proxy_pass without a path behind the host)",
    ),
    "path-letters": _cause(
        "the path was signed in another character encoding, or in lower case",
        "encode keys in UTF-8, and keep their case",
    ),
    "query-extra": _cause(
        "a parameter came that was not signed: {note}",
        "add parameters before signing, none to a signed address; look for caches, analytics and proxies that add some",
    ),
    "query-missing": _cause("a parameter was signed that did not come: {note}", "send every parameter that was signed"),
    "query-order": _cause(
        "the parameters were signed in another order", "sort the parameters by their encoded names before signing"
    ),
    "query-plus": _cause(
        "a space or a plus of a parameter was signed otherwise than it came",
        "write a space as %20 and a plus as %2B, signed and sent alike; form encoders write + for a space",
    ),
    "query-not-encoded": _cause(
        "the parameters were signed without percent-encoding, or as they were sent",
        "encode each name and value (all but A-Z a-z 0-9 - . _ ~), slashes too, before signing",
    ),
    "query-encoded-twice": _cause(
        "the parameters were percent-encoded twice when they were signed", "encode each name and value once"
    ),
    "query-escapes": _cause(
        "the parameters were signed with other letters escaped than in the documented form",
        "escape all but A-Z a-z 0-9 - . _ ~, in capitals; encodeURIComponent leaves ! ' ( ) * as they are",
    ),
    "query-empty-value": _cause(
        "a parameter without a value was signed with = where there is none, or without where there is one",
        "write a parameter without a value as the scheme does: name= for AWS and TOS, the bare name for OSS",
    ),
    "query-names": _cause("the names of parameters were signed in lower case", "sign the names as they are sent"),
    # the headers
    "content-type-added": _cause(
        "the request came with Content-Type {note}, and was signed without one",
        "sign the Content-Type that is sent, or send none: browsers, fetch, curl -d and HTTP libraries add one by"
        " themselves (fetch: a Blob without a type; curl: -H 'Content-Type:')",
    ),
    "content-type-charset": _cause(
        "the Content-Type was signed as {note}, with another charset",
        "set the same Content-Type in what is signed and in what is sent; browsers and axios append a charset to texts",
    ),
    "content-type-differs": _cause(
        "the Content-Type was signed as {note}, and another came",
        "send the Content-Type that was signed, to the letter; whoever uses a signed address must be told it",
    ),
    "content-md5-added": _cause(
        "Content-MD5 was signed otherwise than it came, or came without being signed",
        "sign the Content-MD5 that is sent: base64 of the 16 bytes, not of their hexadecimal digits",
    ),
    "header-added": _cause(
        "a header came that must be signed and was not: {note}",
        "set the headers before signing; look for proxies and browser extensions that add some",
    ),
    "header-altered": _cause(
        "a signed header came with another value, or not at all; it was signed as {note}",
        "do not sign what proxies change (Accept-Encoding, Connection, User-Agent, Expect), or have the proxy keep it",
    ),
    "header-not-sent": _cause(
        "a header was signed that did not come: {note}", "send every header that was signed, to the letter"
    ),
    "header-spaces": _cause(
        "white space or quotes of the header {note} were signed otherwise than they came",
        "take white space off both ends of values before signing, and send what was signed",
    ),
    "header-letters": _cause(
        "the header {note} was signed in another coding or in other letters than it came in",
        "put ASCII into headers: encode other letters before signing (percent or RFC 2047), and send the same",
    ),
    "headers-order": _cause(
        "the headers were signed in another order, or with names in capitals",
        "write names in lower case and sort by them",
    ),
    "headers-listed-otherwise": _cause(
        "the list of signed headers is not that of the headers that were signed: {note}",
        "list exactly the headers that are in the canonical request",
    ),
    # dates
    "date-other-header": _cause(
        "the date was signed as {note}, which is not the one that counts",
        "send one date: with x-oss-date or x-amz-date beside Date, the vendor's header counts",
    ),
    "date-format": _cause(
        "the date was signed as {note}, another way to write the same moment",
        "sign the Date header as it is sent: Tue, 01 Dec 2026 00:00:00 GMT, with English names",
    ),
    "date-zone": _cause(
        "the date was signed as one that is {note} away: a local time was taken for one of GMT",
        "take the time in UTC (datetime.now(timezone.utc), toUTCString, gmtime)",
    ),
    "clock-read-twice": _cause(
        "the date was signed {note} away from the one that was sent: the clock was read twice",
        "read the clock once, and use that for the signature and for the header",
    ),
    "time-differs": _cause(
        "the time was signed as {note}, and another one was sent",
        "read the clock once, and use it for the signature, the scope and the header, in the scheme's form",
    ),
    "expires-unit": _cause(
        "the end was signed as {note}: milliseconds for seconds, or a span for a moment",
        "sign and send Expires as the moment in seconds since 1970",
    ),
    "span-differs": _cause(
        "the span of time was signed as {note}, and another one was sent",
        "use one KeyTime (start;end in seconds since 1970) for the key, for the text and for q-sign-time",
    ),
    # the scope
    "scope-region": _cause(
        "the signature was made for the region {note}, and the credential names another",
        "set {region} once, and let the same region stand in the credential and in the key",
    ),
    "scope-service": _cause(
        "the signature was made for the service {note}, and the credential names another",
        "sign for the service that the credential names",
    ),
    "scope-day": _cause(
        "the signing key was made for the day {note}: another time zone, or another way to write days",
        "take the day of the credential and of the key in UTC, from the same time as the request's date",
    ),
    "scope-terminal": _cause(
        "the signing key ends with {note!r}, which is another cloud's word", "end the scope with this scheme's word"
    ),
    # the secret
    "secret-line-break": _cause(
        "the secret was used with a line break at its end",
        "take the line break off: echo -n or printf when a file or a secret of Kubernetes is written, strip() when"
        " it is read; then set {secret}",
    ),
    "secret-space": _cause("the secret was used with white space at an end", "set {secret} without white space"),
    "secret-quotes": _cause(
        "the secret was used with quotes or punctuation around it",
        "set {secret} without quotes: env files of Docker and systemd's EnvironmentFile take some of them literally",
    ),
    "secret-is-key-id": _cause(
        "the key's id was used as its secret", "set {secret} to the secret, and {key_id} to the id"
    ),
    "secret-empty": _cause(
        "the secret was empty or a placeholder when the request was signed",
        "see that {secret} is set where the client runs: a variable that is not there gives an empty one",
    ),
    "secret-encoded": _cause(
        "the secret was encoded or decoded once more (base64, hexadecimal, percent)",
        "use the secret's text as it is, as bytes of UTF-8",
    ),
    "secret-case": _cause("the secret was used in other letters (capitals, lower case)", "set {secret} to the letter"),
    "secret-cut": _cause(
        "the secret was used with letters lost or doubled",
        "copy the secret anew: a shell or an URL ends it at # $ / + or =",
    ),
    "secret-with-id": _cause("key id and secret were used together as the secret", "set {key_id} and {secret} apart"),
    "secret-of-other-key": _cause(
        "the request was signed with the secret of another key of the same account",
        "set {key_id} and {secret} of one key",
    ),
    "secret-is-token": _cause(
        "the session token was used as the secret", "set {token} to the token, and {secret} to the secret"
    ),
    # the sealing
    "seal-key-prefix": _cause(
        "the signing key was made with another scheme's prefix before the secret",
        "begin the key as the scheme does: AWS4, aliyun_v4 or TC3 before the secret, nothing for TOS and Volcengine",
    ),
    "seal-not-folded": _cause(
        "the text was signed with the secret itself, or with a key that is folded otherwise: version 1 for version 4",
        "fold day, region, service and the terminal word into the key, in this order; q-sign folds q-key-time",
    ),
    "seal-hex-keys": _cause(
        "the steps of the signing key were hexadecimal digits instead of bytes",
        "pass the raw bytes of each HMAC on to the next",
    ),
    "seal-ampersand": _cause(
        "the & behind the secret was left out, or put where it is not",
        "RPC calls of Alibaba Cloud sign with the secret and &, all other schemes with the secret alone",
    ),
    "seal-digest": _cause("the signature was made with another digest than the scheme's", "use the scheme's digest"),
    "seal-no-hmac": _cause(
        "the signature is a plain digest, or an HMAC with key and text the wrong way round",
        "compute HMAC with the key as its key and the text as its message",
    ),
    "text-line-ends": _cause(
        "the text was signed with other line ends, or one too many or too few",
        "join the lines with one \\n (not \\r\\n), and end the text as the scheme does",
    ),
    "text-digested-otherwise": _cause(
        "the text was signed with a digest too many or too few, or with one in another coding",
        "sign the string to sign, which holds the digest of the canonical request in lower-case hexadecimal digits",
    ),
    # the writing of the signature
    "signature-url-safe": _cause(
        "the signature is in URL-safe base64 (- and _)", "write it in standard base64 (+ and /)"
    ),
    "signature-escaped": _cause(
        "the signature is percent-encoded once too often", "encode the signature once, and only in addresses"
    ),
    "signature-plus": _cause("a + of the signature came as a space", "write + as %2B in addresses and forms"),
    "signature-padding": _cause("the signature lacks the = at its end", "keep base64's padding"),
    "signature-case": _cause("the signature is in capitals", "write hexadecimal digits in lower case"),
    "signature-space": _cause("the signature has white space or quotes around it", "strip it before it is sent"),
    "signature-coding": _cause(
        "the signature is in another coding: hexadecimal digits for base64, or base64 for digits",
        "write it as the scheme does: hexadecimal digits for version 4 and q-sign, base64 of the bytes for version 1",
    ),
    # payload
    "payload-of-nothing": _cause(
        "the signature is over the digest of no body", "sign the digest of the body that is sent, or UNSIGNED-PAYLOAD"
    ),
    "payload-unsigned": _cause(
        "the signature is over UNSIGNED-PAYLOAD, or the name of a framing, and the request says another digest",
        "send in the header of the payload's digest what was signed in its place",
    ),
    "payload-of-else": _cause(
        "the signature is over the digest of another body: other white space, another coding, or one made later",
        "sign the very bytes that are sent: serialise once, sign that, send that",
    ),
    # texts of their own
    "sign-field-coding": _cause(
        "the field {note} was signed in another coding than it was sent in",
        "encode f once, then sign, and send what was signed",
    ),
    "sign-field-order": _cause(
        "the fields were signed in another order than they were sent in", "send the very text that was signed"
    ),
    "sign-field-left-out": _cause("the field {note} was added after signing", "send the very text that was signed"),
    "sign-text-first": _cause(
        "the text stands before the HMAC, or the HMAC is in hexadecimal digits or of another digest",
        "send base64(HMAC-SHA1(secret, text) + text): 20 bytes, then the text",
    ),
    "policy-coding": _cause(
        "the policy was signed in another form than it was sent in: as JSON, with line breaks, or encoded anew",
        "encode the policy once in base64 without line breaks, sign that text and send that text",
    ),
}
"""Those that make a signature not match; each was undone when it is told, and the signature verified."""

SEEN: Final[Mapping[str, Cause]] = {
    "unknown-mistake": _cause(
        "none of the known mistakes explains the signature: it may be another secret, or something else was signed",
        "compare the canonical request of the reply with the client's own, line by line; then renew {secret}",
    ),
    "signed-header-lost": _cause(
        "the header {note} is listed as signed and did not come",
        "send every header that was signed; proxies take some away (Expect, Connection, TE, Accept-Encoding)",
    ),
    "chunk-signed-otherwise": _cause(
        "the request's signature is good, and that of a chunk of its body is not",
        "sign each chunk over the signature before it, with the request's own time, scope and key; no proxy may change"
        " the body",
    ),
    "moment-for-span": _cause(
        "a moment came where a span of seconds is wanted", "send for how many seconds it is to last"
    ),
    "payload-digest-differs": _cause(
        "the body is not the one whose digest was signed", "sign the very bytes that are sent"
    ),
    "url-html-escaped": _cause(
        "the address was taken from HTML with &amp; for &", "decode HTML before the address is used: &amp; is &"
    ),
    "url-json-escaped": _cause(
        "the address was taken from JSON text with \\u0026 for &",
        "parse the JSON; do not cut the address out of its text",
    ),
    "url-encoded-twice": _cause(
        "the whole query was percent-encoded once too often",
        "use the signed address as it is; encode nothing of it again",
    ),
    "url-plus": _cause("a + of the address came as a space", "write + as %2B in addresses"),
    "sign-url-safe": _cause("the signature is in URL-safe base64 (- and _)", "write it in standard base64 (+ and /)"),
    "sign-quoted": _cause(
        "the signature has quotes, a word or white space around it", "send the signature alone, as it was made"
    ),
    "key-id-space": _cause(
        "the key's id came with white space or quotes", "set {key_id} without white space and quotes"
    ),
    "key-id-case": _cause("the key's id came in other letters", "write {key_id} to the letter"),
    "key-id-is-appid": _cause(
        "an appid came where a key's id has to be", "set {key_id} to the id of a key, not of an account"
    ),
    "key-id-is-bucket": _cause(
        "the name of a bucket came where a key's id has to be", "set {key_id} to the id of a key"
    ),
    "appid-is-key-id": _cause("a key's id came where the appid has to be", "put the account's number (appid) into a="),
    "key-id-and-secret-swapped": _cause("secret and key id were swapped", "swap {key_id} and {secret}"),
    "key-id-unknown": _cause(
        "there is no key with this id here", "make the key here (entrepot key create), or use one that is here"
    ),
    "clock-zone": _cause(
        "the request's time is {note} off: a local time was signed as UTC, or the zone of the clock is wrong",
        "take the time in UTC; set the machine's time zone and clock",
    ),
    "clock-off": _cause(
        "the client's clock is {note} off", "set the client's clock (NTP); some SDKs correct it by the reply's Date"
    ),
    "time-milliseconds": _cause("a time is in milliseconds, where seconds since 1970 are wanted", "divide by 1000"),
    "time-form": _cause("the time is not written as the scheme wants it", "write it as the scheme does"),
    "span-for-moment": _cause("the end is a span of seconds, where a moment is wanted", "add the time of now to it"),
    "token-missing": _cause(
        "the session token of the temporary key was not sent", "set {token} beside {key_id} and {secret}"
    ),
    "token-unasked": _cause(
        "a session token came with a key that has none",
        "take {token} away, or use the temporary key that it belongs to",
    ),
    "token-of-other-key": _cause(
        "the session token is another key's",
        "use id, secret and token that came together, of one reply; do not mix old and new",
    ),
    "token-altered": _cause(
        "the session token was altered on the way: white space, escapes, or + that became a space",
        "send the token to the letter; in addresses encode it once",
    ),
    "scope-other-service": _cause(
        "the credential is for another service or ends with another cloud's word",
        "sign for this service: {endpoint} and the client must fit",
    ),
    "scope-other-day": _cause(
        "the credential's day is not the day of the request's time", "take both from one clock, in UTC"
    ),
    "region-other": _cause(
        "the signature is for another region than this server's", "set {region} to the region that the reply names"
    ),
    "header-not-signed": _cause(
        "a header came that must be signed and is not: {note}", "add the header before signing, and list it"
    ),
    "signatures-two": _cause(
        "two signatures came, one in the header and one in the address, say",
        "send one: a signed address needs no Authorization header",
    ),
    "fileid-other-path": _cause(
        "the signature is bound to another path than the one that is asked",
        "bind f to /appid/bucket/path of this very object",
    ),
    "fileid-not-whole": _cause(
        "the path in f lacks /appid/bucket in front", "write f as /appid/bucket/path, each piece percent-encoded"
    ),
    "fileid-plus": _cause("the path in f has + where the address has %20", "encode f by percent, not as a form does"),
    "sign-other-bucket": _cause("the signature is for another bucket: {note}", "sign for the bucket that is asked"),
    "sign-other-account": _cause(
        "the signature is for another account (appid)", "sign with the appid that is in the address"
    ),
    "sign-once-needed": _cause(
        "the operation needs a signature for one use: e=0 and the path in f",
        "sign once, bound to the path, for deletions, moves and changes",
    ),
}
"""Those that are seen in a request, or in the refusal itself, whether or not a signature was verified."""

CAUSES: Final[Mapping[str, Cause]] = {**MISMATCHES, **SEEN}
