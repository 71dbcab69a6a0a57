"""The fault table of the COS JSON API: every code of the seed, where it is emitted or why it is reserved.

Data only. ``message`` of a reply is the symbol, literally, because clients compare it; the explanation goes beside it.
Source: seed 004 "错误码"; statuses from its HTTP table and from what SDKs can read (wire facts §8): never 5xx for a
client's error, 401 while it is not proven who asks, 403 when that is proven but not allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from entrepot.core.fault import Fault, Kind


@dataclass(frozen=True, slots=True)
class Row:
    """One code. Exactly one of ``when`` (it is emitted) and ``reserved`` (it is not, and why) is set."""

    code: int
    symbol: str
    status: int
    when: str = ""
    reserved: str = ""


ROWS: Final[tuple[Row, ...]] = (
    Row(-9999, "UNKOWN", 500, when="a defect of the server; the log has it under the request id"),
    Row(-99, "ERROR_PROXY_GET_CONFIG", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-98, "ERROR_PROXY_AUTH_INVOKE", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-97, "ERROR_PROXY_AUTH_FAILED", 401, when="the HMAC does not fit the key's secret"),
    Row(
        -96,
        "ERROR_PROXY_AUTH_EXPIRED",
        401,
        when="the signature or its temporary key is over, or it is from the future, or made to last more than 90 days",
    ),
    Row(-95, "ERROR_PROXY_NO_SESSION", 400, reserved="-5992 says that the session is missing"),
    Row(-94, "ERROR_PROXY_WRONG_SESSION", 400, reserved="-5983 says it"),
    Row(-89, "ERROR_PROXY_ROUTE_CMD", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-88, "ERROR_PROXY_ENCODE_CMD", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-87, "ERROR_PROXY_DECODE_CMD", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-86, "ERROR_PROXY_ROUTE_PROCESS", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(
        -85,
        "ERROR_PROXY_DECODE_PROCESS_RSP",
        500,
        reserved="the cloud's own hop between its machines; there is none here",
    ),
    Row(
        -84, "ERROR_PROXY_GET_PROCESS_L5", 500, reserved="the cloud's own hop between its machines; there is none here"
    ),
    Row(-83, "ERROR_PROXY_AUTH_UNPACK", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-82, "ERROR_PROXY_AUTH_APPID_NOEXIST", 401, when="the account in the signature (a=) does not exist"),
    Row(-81, "ERROR_PROXY_AUTH_SIGN_EMPTY", 401, when="no signature where one is needed"),
    Row(-80, "ERROR_PROXY_INVALID_APPID", 400, reserved="-162 and -82 say it"),
    Row(
        -79,
        "ERROR_PROXY_AUTH_SECRETID_NOEXIST",
        401,
        when="the key id in the signature (k=) does not exist or was revoked",
    ),
    Row(-78, "ERROR_PROXY_INVALID_PROTOCOL", 400, reserved="no SDK generation is refused"),
    Row(-77, "ERROR_PROXY_AUTH_REPLAY_ATTACH", 403, when="a once-only signature was used before"),
    Row(
        -76,
        "ERROR_PROXY_AUTH_ONCESIGN_NOFILEID",
        403,
        when="a once-only signature (e=0) without a path (f=) for an operation that needs one",
    ),
    Row(-75, "ERROR_PROXY_AUTH_UNSUPPORTED_OP", 403, when="the key may not do this"),
    Row(
        -74,
        "ERROR_PROXY_AUTH_MULTISIGN_EXPIREDEMPTY",
        403,
        when="e=0 without a path (f=) where a multi-use signature belongs",
    ),
    Row(
        -73,
        "ERROR_PROXY_AUTH_ONCESIGN_EXPIREDNOTEMPTY",
        403,
        when="a multi-use signature where a once-only one is required",
    ),
    Row(-72, "ERROR_PROXY_APP_SIGN_FAILED", 400, reserved="signing happens in the SDK, not here"),
    Row(-71, "ERROR_PROXY_FREQ_CONTROL", 400, when="too many large forms at once (`limits.unverified_bytes`)"),
    Row(
        -70,
        "ERROR_PROXY_APPID_USERID_NOTMATCH",
        403,
        when="the account in the signature (a=) is not the one in the URL",
    ),
    Row(
        -69,
        "ERROR_PROXY_INVALID_PARAM_DOWNLOAD_URL_EMPTY",
        500,
        reserved="the cloud's own hop between its machines; there is none here",
    ),
    Row(-68, "ERROR_PROXY_ENCODE", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-67, "ERROR_PROXY_DECODE", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-66, "ERROR_PROXY_NETWORK", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(
        -65,
        "ERROR_PROXY_CONTINUE_TRANSFER_WITH_DATA",
        400,
        reserved="the first call of upload_slice may carry no data by its shape",
    ),
    Row(-64, "ERROR_PROXY_FORBID_APPID", 400, reserved="accounts cannot be blocked; revoke their keys"),
    Row(
        -63, "ERROR_PROXY_FILEID_NOTMATCH", 403, when="the path in the signature (f=) does not cover the one in the URL"
    ),
    Row(-62, "ERROR_PROXY_AUTH_APPID", 401, when="the key in the signature does not belong to its account"),
    Row(
        -61, "ERROR_PROXY_SIGN_BUCKET_NOTMATCH", 403, when="the bucket in the signature (b=) is not the one in the URL"
    ),
    Row(-61, "ERROR_PROXY_INVALID_CMD_REQ", 400, reserved="same number as the bucket mismatch; -5999 says it"),
    Row(
        -60,
        "ERROR_PROXY_AUTH_INVALID_TOKEN",
        401,
        when="the key needs a session token, for which this API has no place",
    ),
    Row(
        -199,
        "ERROR_CMD_FILE_MOVE_ERROR",
        400,
        when="the target of a move or copy exists, or is locked, and may not be overwritten",
    ),
    Row(-198, "ERROR_CMD_REDIRECT_ERROR", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-197, "ERROR_CMD_FILE_NOTEXIST", 404, when="there is no such file or directory"),
    Row(
        -196, "ERROR_CMD_BACKEND_NETWORK", 500, reserved="the cloud's own hop between its machines; there is none here"
    ),
    Row(
        -195,
        "ERROR_CMD_BACKEND_RSP_DECODE",
        500,
        reserved="the cloud's own hop between its machines; there is none here",
    ),
    Row(
        -194,
        "ERROR_CMD_BACKEND_REQ_ENCODE",
        500,
        reserved="the cloud's own hop between its machines; there is none here",
    ),
    Row(-193, "ERROR_CMD_RSP_ENCODE", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-192, "ERROR_CMD_REQ_DECODE", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(
        -191,
        "ERROR_CMD_URL_PARAMS_NOTMATCH",
        500,
        reserved="the cloud's own hop between its machines; there is none here",
    ),
    Row(-190, "ERROR_CMD_FILE_DEL_ERROR", 403, when="the file to delete is closed to writing (forbid=2)"),
    Row(
        -189,
        "ERROR_CMD_INVALID_PARAM_DOWNLOAD_URL_EMPTY",
        500,
        reserved="the cloud's own hop between its machines; there is none here",
    ),
    Row(
        -187, "ERROR_CMD_URL_PARSE_ERROR", 500, reserved="the cloud's own hop between its machines; there is none here"
    ),
    Row(-186, "ERROR_CMD_VIDEO_MOVE", 400, reserved="video files and their processing are not part of files/v2"),
    Row(-185, "ERROR_CMD_PRE_PROCESS", 400, reserved="video files and their processing are not part of files/v2"),
    Row(-184, "ERROR_CMD_POST_PROCESS", 400, reserved="video files and their processing are not part of files/v2"),
    Row(-183, "ERROR_CMD_GET_ROUTE", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-182, "ERROR_CMD_PARAM_INVALID", 400, when="an attribute has a value that cannot be stored"),
    Row(-181, "ERROR_CMD_COS_ERROR", 500, when="the disk or the index failed or is full; nothing was stored"),
    Row(-180, "ERROR_CMD_COS_INVALID_PATH", 400, when="the path has an element that cannot be stored"),
    Row(-179, "ERROR_CMD_COS_INVALID_MOD_FLAG", 400, when="flag is no number, or has an unknown bit"),
    Row(
        -178,
        "ERROR_CMD_COS_PATH_CONFLICT",
        400,
        when="a file where a directory is, the reverse, or a directory that exists",
    ),
    Row(-177, "ERROR_CMD_COS_FILE_EXIST", 400, when="the file exists with other bytes and insertOnly is not 0"),
    Row(
        -176,
        "ERROR_CMD_COS_BUCKET_EXIST",
        400,
        reserved="a console operation; buckets are managed with `entrepot bucket`",
    ),
    Row(-175, "ERROR_CMD_COS_FILE_SIZE_NOT_EQU", 400, when="filesize at the end is not the one at the start"),
    Row(-174, "ERROR_CMD_COS_SHA_NOT_EQU", 400, reserved="-5984 and -4016 say it, nearer to the cause"),
    Row(-173, "ERROR_CMD_COS_DIR_NOT_EMPTY", 400, when="the directory to delete holds something"),
    Row(
        -172,
        "ERROR_CMD_COS_BUCKET_NUM_LIMIT",
        400,
        reserved="a console operation; buckets are managed with `entrepot bucket`",
    ),
    Row(
        -171,
        "ERROR_CMD_COS_INVALID_APP_TYPE",
        400,
        reserved="a console operation; buckets are managed with `entrepot bucket`",
    ),
    Row(-170, "ERROR_CMD_COS_INVALID_LIST_NUM", 400, when="num is over 1000 or no number"),
    Row(-169, "ERROR_CMD_COS_INVALID_QUERY_FLAG", 400, reserved="no query flag exists in files/v2"),
    Row(-168, "ERROR_CMD_COS_INVALID_SHA", 400, when="sha is not 40 hexadecimal digits"),
    Row(
        -167,
        "ERROR_CMD_COS_INVALID_CNAME",
        400,
        reserved="a console operation; buckets are managed with `entrepot bucket`",
    ),
    Row(-166, "ERROR_CMD_COS_INDEX_ERROR", 404, when="there is no such bucket"),
    Row(-165, "ERROR_CMD_COS_MAX_NUM", 400, reserved="the list chapter allows 1000 per page, and wins"),
    Row(-164, "ERROR_CMD_PARAM_PATH_EMPTY", 400, when="dest_fileid is missing or empty"),
    Row(-163, "ERROR_CMD_PARAM_PATH_ELEMENT_MISSING", 400, when="the URL has no bucket"),
    Row(-162, "ERROR_CMD_PARAM_PATH_ELEMENT_NOT_MATCH", 400, when="the account in the URL is no number"),
    Row(-161, "ERROR_CMD_PARAM_PATH_DIR_MISSING_SLASH", 400, when="a directory's path does not end in a slash"),
    Row(-160, "ERROR_CMD_PARAM_PAHT_FILE_SURPLUS_SLASH", 400, when="a file's path ends in a slash"),
    Row(
        -159,
        "ERROR_CMD_PARAM_CNAME_ERROR",
        400,
        reserved="a console operation; buckets are managed with `entrepot bucket`",
    ),
    Row(-158, "ERROR_CMD_PARAM_AUTH_TYPE", 400, when="authority has an unknown value"),
    Row(-157, "ERROR_CMD_PARAM_MIN_NUM", 400, when="num is below 1"),
    Row(
        -156, "ERROR_CMD_INVALID_VIDEO_NAME", 400, reserved="video files and their processing are not part of files/v2"
    ),
    Row(-155, "ERROR_CMD_INVALID_FORMAT", 400, reserved="video files and their processing are not part of files/v2"),
    Row(-154, "ERR_CMD_APP_VIDEO_NOMATCH", 400, reserved="video files and their processing are not part of files/v2"),
    Row(-153, "ERR_CMD_INVALID_VIDEO_APP", 400, reserved="video files and their processing are not part of files/v2"),
    Row(-152, "ERR_CMD_COS_TIMEOUT", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(
        -151,
        "ERROR_CMD_PARAM_REFER_ERROR",
        400,
        reserved="a console operation; buckets are managed with `entrepot bucket`",
    ),
    Row(
        -150,
        "ERROR_CMD_PARAM_SOURCE_DOMAIN_EMPTY",
        400,
        reserved="a console operation; buckets are managed with `entrepot bucket`",
    ),
    Row(
        -149, "ERROR_CMD_INVALID_REFER", 400, reserved="a console operation; buckets are managed with `entrepot bucket`"
    ),
    Row(
        -148, "ERROR_CMD_INVALID_CNAME", 400, reserved="a console operation; buckets are managed with `entrepot bucket`"
    ),
    Row(-147, "ERROR_CMD_NOT_UTF8_ENCODING", 400, when="a name or parameter is not UTF-8"),
    Row(
        -146,
        "ERROR_CMD_INVALID_HOST_NAME",
        400,
        reserved="a console operation; buckets are managed with `entrepot bucket`",
    ),
    Row(-145, "ERROR_CMD_INVALID_COVER", 400, reserved="video files and their processing are not part of files/v2"),
    Row(-144, "ERROR_CMD_INDEX_NO_EXIST", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-143, "ERROR_CMD_INDEX_ERROR", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-300, "ERROR_PROCESS_OVERLOAD", 400, reserved="the listener refuses connections instead"),
    Row(
        -299, "ERROR_PROCESS_UNKNOWN_CMD", 500, reserved="the cloud's own hop between its machines; there is none here"
    ),
    Row(-298, "ERROR_PROCESS_REQ2MSG", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-297, "ERROR_PROCESS_FRAME", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-296, "2RSP", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-295, "ERROR_PROCESS_WRITEFILE", 400, reserved="-181 says it"),
    Row(-294, "ERROR_PROCESS_READFILE", 400, reserved="-181 says it"),
    Row(-293, "ERROR_PROCESS_NOTIFY", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-292, "ERROR_PROCESS_CREATEFILE", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(
        -291,
        "ERROR_PROCESS_ENCODE_SESSION",
        500,
        reserved="the cloud's own hop between its machines; there is none here",
    ),
    Row(-290, "ERROR_PROCESS_OFFSET", 400, when="the offset is not on a slice or lies outside the file"),
    Row(-289, "ERROR_PROCESS_DENY", 403, when="the file is closed to writing (forbid=2), or archived and not restored"),
    Row(-288, "ERROR_PROCESS_ENCODE", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-287, "ERROR_PROCESS_DECODE", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-286, "ERROR_PROCESS_DECODE_SESSION", 400, reserved="-5983 says it: sessions are opaque"),
    Row(-285, "ERROR_PROCESS_FILE_TOO_LARGE", 413, when="the content is over the limit of its operation"),
    Row(-284, "ERROR_PROCESS_WRONG_SLICE_SIZE", 400, when="the slice is shorter or longer than its place"),
    Row(-283, "ERROR_PROCESS_SLICE_TOO_SMALL", 400, when="slice_size is below 64 KiB"),
    Row(-282, "ERROR_PROCESS_ANALYZE", 400, reserved="video files and their processing are not part of files/v2"),
    Row(-4000, "ErrDecodeReq", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-4001, "ErrEncodeRsp", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-4002, "ErrParamInvalid", 400, reserved="-5999 says it"),
    Row(-4003, "ErrNoSetErrCode", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-4004, "ErrCosRspHeadCode", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-4005, "ErrCosRspInvalidOffset", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(
        -4006, "ErrCosRspInvalidHeadFlag", 500, reserved="the cloud's own hop between its machines; there is none here"
    ),
    Row(-4007, "ErrTmemRspSsdError", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-4008, "ErrParserShmError", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-4010, "ErrCreateControlFile", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-4011, "ErrReadControlFile", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-4012, "ErrGetInputData", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-4013, "ErrDecodeSession", 400, reserved="-5983 says it"),
    Row(-4014, "ErrQueryOffset", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-4015, "ErrTheSameOffset", 400, when="other bytes were acknowledged at this offset"),
    Row(-4016, "ErrNotSameSHA", 400, when="the slices together do not have the announced SHA-1; the session ends"),
    Row(-4017, "ErrHttpSvr", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-4018, "ErrSameFileUpload", 400, reserved="the same file again is a success"),
    Row(
        -4019,
        "ErrOffsetToZero",
        400,
        when="slices are missing at the end, or (pending_init = refuse) an upload is under way",
    ),
    Row(-4020, "ErrParamInvalidCheckTypeShouldBeSHA", 400, reserved="SHA-1 is the only check type"),
    Row(
        -4021,
        "ErrParamInvalidSessionDecodeError",
        500,
        reserved="the cloud's own hop between its machines; there is none here",
    ),
    Row(-4022, "ErrParamInvalidFilePathInvalid", 400, reserved="-166 says it"),
    Row(-4023, "ErrParamInvalidCheckSumSizeInvalid", 400, when="uploadparts does not describe the file"),
    Row(-4024, "ErrOffGoBack", 400, reserved="slices may arrive in any order"),
    Row(-4025, "ErrHttpTimeout", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-4026, "ErrOffsetBackTooMuch", 400, reserved="-4016 says it"),
    Row(-4027, "ErrOffsetRedo", 400, reserved="-4015 says it"),
    Row(
        -5999,
        "ERROR_CGI_PARAM",
        400,
        when="a parameter or header is unknown here, stands at the wrong place, or has a value that is not allowed",
    ),
    Row(-5998, "ERROR_CGI_AUTHORIZATION", 401, when="the signature cannot be parsed, or there are two"),
    Row(-5997, "ERROR_CGI_NETWORK", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-5996, "ERROR_CGI_REQ_METHOD", 400, when="the operation does not go with the HTTP method"),
    Row(-5995, "ERROR_CGI_FILESIZE", 400, when="filesize is no positive number, or over the limit"),
    Row(
        -5994,
        "ERROR_CGI_URL_NOTMATCH",
        400,
        when="the URL is longer than 1024 bytes, malformed, or has a parameter twice",
    ),
    Row(-5993, "ERROR_CGI_FORM_ERR", 400, when="the multipart form is malformed, ends early, or has a field twice"),
    Row(-5992, "ERROR_CGI_REQ_PARAM", 400, when="a parameter is missing"),
    Row(-5991, "ERROR_CGI_SLICE", 413, when="a slice or slice_size is over 3 MiB"),
    Row(-5990, "ERROR_CGI_MISSING_FILECONTENT", 400, when="the form has no filecontent"),
    Row(-5989, "ERROR_CGI_UPLOAD_FAIL", 400, when="the body ended before its announced length"),
    Row(-5988, "ERROR_CGI_INIT", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-5987, "ERROR_CGI_WUP_ENCODE", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-5986, "ERROR_CGI_WUP_DECODE", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-5985, "ERROR_CGI_NETWORK_L5", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-5984, "ERROR_CGI_SHA_NOT_MATCH", 400, when="the content does not have the announced SHA-1"),
    Row(-5983, "ERROR_CGI_WRONG_SESSION", 400, when="the session is unknown, ended, or another file's"),
    Row(-5982, "ERROR_CGI_SOCK_CREATE", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-5981, "ERROR_CGI_SOCK_CONNECT", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-5980, "ERROR_CGI_PARAM_MISSING_OP", 400, when="op is missing"),
    Row(-5979, "ERROR_CGI_PARAM_MISSING_SHA", 400, when="upload_slice was started without sha"),
    Row(-5978, "ERROR_CGI_PDU_ENCODE", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-5977, "ERROR_CGI_PDU_DECODE", 500, reserved="the cloud's own hop between its machines; there is none here"),
    Row(-5976, "ERROR_CGI_REQ_PARAM_FLAG_NOTMATCH", 400, reserved="no bucket flags exist in files/v2"),
    Row(
        -5975,
        "ERROR_CGI_JSON_PARSE_ERROR",
        400,
        when="the body is no JSON object, or an object has two members of one name",
    ),
    Row(-5974, "ERROR_CGI_VIDEO_FORMAT", 400, reserved="video files and their processing are not part of files/v2"),
    Row(-5973, "ERROR_CGI_CROSS_BUCKET_COPY", 400, reserved="dest_fileid cannot name another bucket"),
    Row(
        -5972,
        "ERROR_CGI_UNSUPPORTED_METHOD",
        400,
        when="op is none that the API has, or a download has a query name that asks for more than the file",
    ),
    Row(-5971, "ERROR_CGI_PARAM_MISSING_FILESIZE", 400, when="filesize is missing"),
    Row(
        -6999,
        "ERROR_OSS_UNKNOWN",
        400,
        reserved="the cloud's older storage behind the API; -180, -181, -197 and -285 say it",
    ),
    Row(
        -6998,
        "ERROR_OSS_INVALID_PROTOCOL",
        400,
        reserved="the cloud's older storage behind the API; -180, -181, -197 and -285 say it",
    ),
    Row(
        -6997,
        "ERROR_OSS_INVALID_PARAM",
        400,
        reserved="the cloud's older storage behind the API; -180, -181, -197 and -285 say it",
    ),
    Row(
        -6996,
        "ERROR_OSS_FILESIZE",
        400,
        reserved="the cloud's older storage behind the API; -180, -181, -197 and -285 say it",
    ),
    Row(
        -6995,
        "ERROR_OSS_MKDIR",
        400,
        reserved="the cloud's older storage behind the API; -180, -181, -197 and -285 say it",
    ),
    Row(
        -6994,
        "ERROR_OSS_GZIP",
        400,
        reserved="the cloud's older storage behind the API; -180, -181, -197 and -285 say it",
    ),
    Row(
        -6993,
        "ERROR_OSS_WRITE_FILE",
        400,
        reserved="the cloud's older storage behind the API; -180, -181, -197 and -285 say it",
    ),
    Row(
        -6992,
        "ERROR_OSS_FILE_NOTEXIST",
        400,
        reserved="the cloud's older storage behind the API; -180, -181, -197 and -285 say it",
    ),
    Row(
        -6991,
        "ERROR_OSS_READ_FILE",
        400,
        reserved="the cloud's older storage behind the API; -180, -181, -197 and -285 say it",
    ),
    Row(-5964, "ERROR_CGI_PARAM_NO_SUCH_OP", 400, reserved="seen in the wild, not in the seed; -5972 says it"),
)

BY_CODE: Final[dict[int, Row]] = {row.code: row for row in reversed(ROWS)}

BY_REASON: Final[dict[str, int]] = {
    "customer-key-missing": -75,
    "account": -82,
    "archived": -289,
    "unavailable": -181,
    "once-path": -76,
    "multi-expiry": -74,
    "once-expiry": -73,
    "url-account": -70,
    "path": -63,
    "key-account": -62,
    "bucket": -61,
    "target": -199,
    "delete": -190,
    "attribute": -182,
    "flag": -179,
    "list-num": -170,
    "sha-format": -168,
    "url-short": -163,
    "url-appid": -162,
    "dest-empty": -164,
    "dir-slash": -161,
    "file-slash": -160,
    "authority": -158,
    "list-min": -157,
    "utf8": -147,
    "size": -284,
    "slice-small": -283,
    "whole": -4016,
    "uploadparts": -4023,
    "filesize": -5995,
    "url": -5994,
    "form": -5993,
    "slice": -5991,
    "filecontent": -5990,
    "op": -5980,
    "sha": -5979,
    "json": -5975,
    "missing-filesize": -5971,
    "pending": -4019,
    "hole": -4019,
    "two": -5998,
    "query": -5994,
    "fields": -5993,
    "field-long": -5993,
    "long": -180,
    "call": -285,
    "token-missing": -60,
    "token-expired": -96,
    # Raised by operations that other APIs have; the nearest rows, assumed.
    "own": -5999,
    "kind": -4015,
    "number": -290,
    "link": -197,
}
"""The finer row for a Fault's ``reason``."""

BY_KIND: Final[dict[Kind, int]] = {
    Kind.SIGNATURE_MISSING: -81,
    Kind.SIGNATURE_MALFORMED: -5998,
    Kind.SIGNATURE_MISMATCH: -97,
    Kind.SIGNATURE_EXPIRED: -96,
    Kind.SIGNATURE_SPENT: -77,
    Kind.SIGNATURE_FOREIGN: -63,
    Kind.KEY_UNKNOWN: -79,
    Kind.ACCESS_DENIED: -75,
    Kind.THROTTLED: -71,
    Kind.MALFORMED: -5993,
    Kind.METHOD_NOT_ALLOWED: -5996,
    Kind.NOT_IMPLEMENTED: -5972,
    Kind.PARAMETER_MISSING: -5992,
    Kind.PARAMETER_INVALID: -5999,
    Kind.NAME_INVALID: -180,
    Kind.BODY_INCOMPLETE: -5989,
    Kind.TOO_LARGE: -285,
    Kind.TOO_SMALL: -284,
    Kind.LENGTH_MISSING: -5989,
    Kind.DIGEST_MISMATCH: -5984,
    Kind.SIZE_MISMATCH: -175,
    Kind.RANGE_INVALID: -5999,
    Kind.BUCKET_MISSING: -166,
    Kind.BUCKET_EXISTS: -176,
    Kind.BUCKET_NOT_EMPTY: -173,
    Kind.OBJECT_MISSING: -197,
    Kind.OBJECT_EXISTS: -177,
    Kind.OBJECT_LOCKED: -289,
    Kind.PATH_CONFLICT: -178,
    Kind.DIRECTORY_NOT_EMPTY: -173,
    Kind.UPLOAD_MISSING: -5983,
    Kind.UPLOAD_INCOMPLETE: -4019,
    Kind.PART_INVALID: -290,
    Kind.PART_CONFLICT: -4015,
    Kind.PART_ORDER: -290,
    Kind.PART_TOO_SMALL: -284,
    Kind.APPEND_CONFLICT: -4015,
    Kind.LINK_BROKEN: -197,
    Kind.CONFIGURATION_MISSING: -5999,
    Kind.CALLBACK_FAILED: -5999,
    Kind.POLICY_VIOLATED: -75,
    Kind.TOKEN_INVALID: -60,
    Kind.REQUEST_SKEWED: -96,
    Kind.PRECONDITION_FAILED: -5999,
    Kind.NOT_MODIFIED: -5999,
    Kind.STORAGE_FAILED: -181,
    Kind.STORAGE_FULL: -181,
    Kind.INTERNAL: -9999,
}
"""The row for each kind of Fault without a finer reason. Total.

Of the kinds that only other APIs can end in (TOO_SMALL, LENGTH_MISSING, PART_ORDER, PART_TOO_SMALL, APPEND_CONFLICT,
CONFIGURATION_MISSING, CALLBACK_FAILED, POLICY_VIOLATED, REQUEST_SKEWED) the rows are assumed, the
nearest code. LINK_BROKEN is met where another API made a link; that its target counts as missing is assumed.
"""


def row_of(fault: Fault) -> Row:
    """The row that says what ``fault`` says."""
    code = BY_REASON.get(fault.reason or "")
    return BY_CODE[BY_KIND[fault.kind] if code is None else code]


def _codes() -> Iterator[tuple[str, tuple[Kind, str | None]]]:
    """Each code that is emitted, by its number and by its symbol."""
    rows: list[tuple[Row, tuple[Kind, str | None]]] = [(BY_CODE[code], (kind, None)) for kind, code in BY_KIND.items()]
    rows += [(BY_CODE[code], (Kind.INTERNAL, reason)) for reason, code in BY_REASON.items()]
    for row, place in reversed(rows):
        yield str(row.code), place
        yield row.symbol, place


CODES: Final[Mapping[str, tuple[Kind, str | None]]] = dict(_codes())
"""The kind and the reason behind each code. Where a reason has a row, its kind does not matter."""
