-- What a gateway asks for a page of a listing.
SELECT value, extract(epoch from clock_timestamp())::float8 FROM identity_version;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT bucket, key, size, blob, segments, crc64, sha1, md5, part_bytes, created_at, modified_at, traits, stored_by, parts, upload FROM objects WHERE bucket = :bucket AND key >= convert_to('k-' || lpad((:objects / 2)::text, 16, '0'), 'UTF8') ORDER BY key ASC LIMIT 1001;
ROLLBACK;
