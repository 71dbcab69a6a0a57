// AWS SDK for JavaScript v3: a table of steps with the client, lib-storage, the presigner and presigned posts.
//
// Law: called with ADDRESS KEY_ID SECRET; prints "ok NAME" or "FAILED NAME: what" for each step (see programs.py).
'use strict';

const assert = require('node:assert/strict');
const { createHash, randomBytes } = require('node:crypto');
const sdk = require('@aws-sdk/client-s3');
const { Upload } = require('@aws-sdk/lib-storage');
const { createPresignedPost } = require('@aws-sdk/s3-presigned-post');
const { getSignedUrl } = require('@aws-sdk/s3-request-presigner');

const [endpoint, accessKeyId, secretAccessKey] = process.argv.slice(2);
const Bucket = 'node-aws';
const ODD = ['a b+中.txt', "a b/中+*~!'()%20&=#.txt", 'per%cent%2Fslash%zz', 'émoji-😀-Ω.bin', ' blanks at both ends ', 'acl'];

const client = (secret) => new sdk.S3Client({
  endpoint, region: 'us-east-1', forcePathStyle: true, credentials: { accessKeyId, secretAccessKey: secret },
});
const s3 = client(secretAccessKey);
const call = (name, input, on = s3) => on.send(new sdk[`${name}Command`]({ Bucket, ...input }));
const text = async (Key) => (await call('GetObject', { Key })).Body.transformToString();
const refused = (name, promise) => assert.rejects(promise, (error) => {
  assert.equal(error.name, name);
  return true;
});

const STEPS = {
  'create a bucket': async () => {
    await refused('NotFound', call('HeadBucket', {}));
    await call('CreateBucket', {});
    await sdk.waitUntilBucketExists({ client: s3, maxWaitTime: 10 }, { Bucket });
    assert.ok((await call('ListBuckets', {})).Buckets.some((one) => one.Name === Bucket));
  },
  'put, head, get, range, conditions': async () => {
    const done = await call('PutObject', { Key: 'a', Body: 'hello', ContentType: 'text/plain', Metadata: { color: 'blue' } });
    assert.equal(done.ETag, `"${createHash('md5').update('hello').digest('hex')}"`);
    assert.ok(done.ChecksumCRC32);
    const head = await call('HeadObject', { Key: 'a', ChecksumMode: 'ENABLED' });
    assert.deepEqual(head.Metadata, { color: 'blue' });
    assert.equal(head.ChecksumCRC32, done.ChecksumCRC32);
    assert.equal(await (await call('GetObject', { Key: 'a', Range: 'bytes=1-3' })).Body.transformToString(), 'ell');
    await refused('PreconditionFailed', call('PutObject', { Key: 'a', Body: 'x', IfNoneMatch: '*' }));
    const told = await call('GetObjectAttributes', { Key: 'a', ObjectAttributes: ['ETag', 'ObjectSize', 'Checksum'] });
    assert.equal(told.ObjectSize, 5);
  },
  'odd keys: put, get, copy, list, delete many': async () => {
    for (const name of ODD) {
      await call('PutObject', { Key: `odd/${name}`, Body: name });
      await call('CopyObject', { Key: `copy/${name}`, CopySource: encodeURIComponent(`${Bucket}/odd/${name}`) });
      assert.equal(await text(`copy/${name}`), name);
    }
    const found = [];
    for await (const page of sdk.paginateListObjectsV2({ client: s3, pageSize: 2 }, { Bucket, Prefix: 'odd/' })) {
      found.push(...page.Contents.map((one) => one.Key));
    }
    assert.deepEqual(new Set(found), new Set(ODD.map((name) => `odd/${name}`)));
    const gone = await call('DeleteObjects', { Delete: { Objects: found.map((Key) => ({ Key })) } });
    assert.equal(gone.Deleted.length, found.length);
  },
  'lib-storage: an upload in parts': async () => {
    const Body = randomBytes((11 << 20) + 5);
    await new Upload({ client: s3, params: { Bucket, Key: 'long', Body } }).done();
    const got = Buffer.from(await (await call('GetObject', { Key: 'long' })).Body.transformToByteArray());
    assert.ok(got.equals(Body));
  },
  'presigned put with its default checksum, get, head, form': async () => {
    const Key = 'signed/a b+中';
    const put = await getSignedUrl(s3, new sdk.PutObjectCommand({ Bucket, Key }), { expiresIn: 60 });
    const filled = await getSignedUrl(s3, new sdk.PutObjectCommand({ Bucket, Key, Body: 'signed' }), { expiresIn: 60 });
    for (const url of [put, filled]) {
      const reply = await fetch(url, { method: 'PUT', body: url === filled ? 'signed' : '' });
      assert.equal(reply.status, 200, `${url} ${await reply.text()}`);
    }
    const get = await getSignedUrl(s3, new sdk.GetObjectCommand({ Bucket, Key }), { expiresIn: 60 });
    assert.equal(await (await fetch(get)).text(), 'signed');
    const head = await getSignedUrl(s3, new sdk.HeadObjectCommand({ Bucket, Key }), { expiresIn: 60 });
    assert.equal((await fetch(head, { method: 'HEAD' })).status, 200);
    const post = await createPresignedPost(s3, { Bucket, Key: 'form', Conditions: [['content-length-range', 1, 100]] });
    const form = new FormData();
    Object.entries(post.fields).forEach(([name, value]) => form.append(name, value));
    form.append('file', new Blob(['posted']));
    assert.equal((await fetch(post.url, { method: 'POST', body: form })).status, 204);
    assert.equal(await text('form'), 'posted');
  },
  'tags, ACL, CORS, lifecycle': async () => {
    const TagSet = [{ Key: 'a b', Value: 'c+d' }];
    await call('PutObjectTagging', { Key: 'a', Tagging: { TagSet } });
    assert.deepEqual((await call('GetObjectTagging', { Key: 'a' })).TagSet, TagSet);
    await call('PutObjectAcl', { Key: 'a', ACL: 'public-read' });
    assert.equal((await call('GetObjectAcl', { Key: 'a' })).Grants.length, 2);
    await refused('NoSuchCORSConfiguration', call('GetBucketCors', {}));
    await call('PutBucketCors', { CORSConfiguration: { CORSRules: [{ AllowedMethods: ['GET'], AllowedOrigins: ['*'] }] } });
    assert.deepEqual((await call('GetBucketCors', {})).CORSRules[0].AllowedMethods, ['GET']);
    await refused('NoSuchLifecycleConfiguration', call('GetBucketLifecycleConfiguration', {}));
  },
  'refusals and what was never set': async () => {
    await refused('NoSuchKey', call('GetObject', { Key: 'none' }));
    await refused('NotFound', call('HeadObject', { Key: 'none' }));
    await refused('NoSuchBucket', call('ListObjectsV2', { Bucket: 'node-none' }));
    await refused('SignatureDoesNotMatch', call('GetObject', { Key: 'a' }, client('wrong')));
    await refused('NoSuchBucketPolicy', call('GetBucketPolicy', {}));
    await refused('NoSuchTagSet', call('GetBucketTagging', {}));
    await refused('BucketNotEmpty', call('DeleteBucket', {}));
    assert.equal((await call('GetBucketVersioning', {})).Status, undefined);
  },
  'remove the bucket': async () => {
    const page = await call('ListObjectsV2', {});
    await call('DeleteObjects', { Delete: { Objects: page.Contents.map(({ Key }) => ({ Key })) } });
    await call('DeleteBucket', {});
  },
};

(async () => {
  for (const [name, step] of Object.entries(STEPS)) {
    try {
      await step();
      process.stdout.write(`ok ${name}\n`);
    } catch (error) {
      process.stdout.write(`FAILED ${name}: ${String(error.stack || error).replaceAll('\n', ' | ')}\n`);
    }
  }
})();
