-- What a gateway asks for a GET: the version of who may do what, and the object with its bytes.
\set n random(0, :objects - 1)
SELECT value, extract(epoch from clock_timestamp())::float8 FROM identity_version;
SELECT o.bucket, o.key, o.size, o.blob, o.segments, o.crc64, o.sha1, o.md5, o.part_bytes, o.created_at, o.modified_at, o.traits, o.stored_by, o.parts, o.upload, b.size, b.crc64, b.name, b.data FROM objects o LEFT JOIN blobs b ON b.id = o.blob WHERE o.bucket = :bucket AND o.key = convert_to('g-' || lpad(:n::text, 5, '0'), 'UTF8');
