-- What a gateway asks for the PUT of a new key whose bytes are kept in the index. Numbers are random, as keys are.
\set n random(1000000000, 9000000000000000)
SELECT value, extract(epoch from clock_timestamp())::float8 FROM identity_version;
BEGIN;
SELECT id, account, name, created_at, settings FROM buckets WHERE account = :account AND name = 'demo';
SELECT id, account, secret, may, created_at, token, expires_at, minted, limits, revoked_at, holder FROM keys WHERE id = :key FOR SHARE;
SELECT bucket, key, size, blob, segments, crc64, sha1, md5, part_bytes, created_at, modified_at, traits, stored_by, parts, upload FROM objects WHERE bucket = :bucket AND key = convert_to('p-' || :n, 'UTF8') FOR UPDATE;
INSERT INTO blobs (id, refs, size, crc64, name, data) VALUES (:n, 1, 1024, 727031140999736901, NULL, decode(repeat('78', 1024), 'hex'));
INSERT INTO objects (bucket, key, size, blob, segments, crc64, sha1, md5, part_bytes, created_at, modified_at, traits, stored_by, parts, upload) VALUES (:bucket, convert_to('p-' || :n, 'UTF8'), 1024, :n, NULL, 727031140999736901, NULL, '\x9dd4e461268c8034f5c8564e155c67a6', 1024, 1.79e9, 1.79e9, NULL, 'bench', 0, NULL);
COMMIT;
