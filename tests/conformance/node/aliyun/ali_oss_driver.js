'use strict';
/*
 * npm ali-oss 6.23.0, unmodified: the family's common calls in its terms (aliyun/calls.py says what they mean).
 *
 * What this SDK reports as a result and the others as an error (304) is an error here too; keys that it was asked to
 * get percent-encoded are decoded here, as its documentation leaves to the application. Every name below DOMAINS is at
 * home on this machine, as if a name server said so.
 */
const crypto = require('crypto');
const dns = require('dns');
const fs = require('fs');
const { Readable } = require('stream');
const OSS = require('ali-oss');
const { serve } = require('../line_server');

const DOMAINS = ['.aliyuncs.com', '.localhost', '.example.com'];
const TEXT_BYTES = 4096;
const META = 'x-oss-meta-';
const lookup = dns.lookup;
dns.lookup = (host, ...rest) =>
  lookup.call(dns, DOMAINS.some((end) => host.endsWith(end)) ? '127.0.0.1' : host, ...rest);

let client;
const version = { isV4: false };

function seen(content) {
  const shown = { size: content.length, sha1: crypto.createHash('sha1').update(content).digest('hex') };
  return content.length <= TEXT_BYTES ? { ...shown, text: content.toString() } : shown;
}

function inward(value) {
  if (value && value.$bytes !== undefined) return Buffer.from(value.$bytes, 'base64');
  if (value && value.$file !== undefined) return value.$file;
  return value;
}

function told({ res }) {
  if (res.status === 304) {
    throw Object.assign(new Error('not modified'), { status: 304, code: '', headers: res.headers });
  }
  return { status: res.status, headers: res.headers, text: res.data ? res.data.toString() : '' };
}

const list = (value) => (value === undefined || value === null ? [] : [].concat(value));
const bare = (etag) => etag.replace(/"/g, '');
const number = (value) => (value ? Number(value) : null);
const asked = (query) => Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));

/* What goes with a call on an object: this SDK changes the options that it is given, so each call has its own. */
const options = (o) => ({ headers: { ...o.headers }, subres: { ...o.params } });

function connect(o) {
  client = new OSS({
    accessKeyId: o.key_id,
    accessKeySecret: o.secret,
    bucket: o.bucket,
    endpoint: o.endpoint,
    region: `oss-${o.region}`,
    authorizationV4: o.version === 'v4',
    cname: o.style === 'cname',
    sldEnable: o.style === 'path',
    ...(o.proxy ? { proxy: o.proxy, enableProxy: true } : {}),
  });
  version.isV4 = o.version === 'v4';
}

const buckets = {
  async list_buckets(o) {
    const found = await client.listBuckets(asked({ prefix: o.prefix, marker: o.marker, 'max-keys': o.max }));
    const shown = list(found.buckets).map((one) => ({ name: one.name, location: one.region, class: one.storageClass }));
    return { buckets: shown, owner: found.owner.id, truncated: found.isTruncated, next: found.nextMarker };
  },
  create_bucket: async (name, o) => told(await client.putBucket(name, { acl: o.acl })),
  delete_bucket: async (name) => told(await client.deleteBucket(name)),
  async bucket_info(name) {
    const { bucket } = await client.getBucketInfo(name);
    return {
      name: bucket.Name,
      location: bucket.Location,
      extranet: bucket.ExtranetEndpoint,
      intranet: bucket.IntranetEndpoint,
      class: bucket.StorageClass,
      owner: bucket.Owner.ID,
      acl: bucket.AccessControlList.Grant,
    };
  },
  bucket_location: async (name) => (await client.getBucketLocation(name)).location,
  async bucket_stat(name) {
    const { stat } = await client.getBucketStat(name);
    return [stat.Storage, stat.ObjectCount, stat.MultipartUploadCount].map(Number);
  },
  put_bucket_acl: async (name, acl) => told(await client.putBucketACL(name, acl)),
  bucket_acl: async (name) => (await client.getBucketACL(name)).acl,
  async put_cors(name, rules) {
    const made = rules.map((rule) => ({
      allowedOrigin: rule.origins,
      allowedMethod: rule.methods,
      allowedHeader: rule.headers,
      exposeHeader: rule.exposed,
      maxAgeSeconds: rule.seconds,
    }));
    return told(await client.putBucketCORS(name, made));
  },
  async cors(name) {
    const { rules } = await client.getBucketCORS(name);
    return rules.map((rule) => ({
      origins: list(rule.allowedOrigin),
      methods: list(rule.allowedMethod),
      headers: list(rule.allowedHeader),
      exposed: list(rule.exposeHeader),
      seconds: number(rule.maxAgeSeconds),
    }));
  },
  delete_cors: async (name) => told(await client.deleteBucketCORS(name)),
  async put_lifecycle(name, rules) {
    const made = rules.map((rule) => ({
      id: rule.id,
      prefix: rule.prefix,
      status: rule.status,
      ...(rule.days ? { expiration: { days: rule.days } } : {}),
      ...(rule.abort ? { abortMultipartUpload: { days: rule.abort } } : {}),
    }));
    return told(await client.putBucketLifecycle(name, made));
  },
  async lifecycle(name) {
    const { rules } = await client.getBucketLifecycle(name);
    return rules.map((rule) => ({
      id: rule.id,
      prefix: rule.prefix,
      status: rule.status,
      days: rule.expiration ? Number(rule.expiration.days) : null,
      abort: rule.abortMultipartUpload ? Number(rule.abortMultipartUpload.days) : null,
    }));
  },
  delete_lifecycle: async (name) => told(await client.deleteBucketLifecycle(name)),
};

async function put(key, data, o) {
  const done = await client.put(key, data, { headers: { ...o.headers }, callback: o.callback });
  return { ...told(done), data: done.data };
}

const objects = {
  put,
  put_chunked: (key, data, o) => put(key, Readable.from([data.subarray(0, 1000), data.subarray(1000)]), o),
  async get(key, o) {
    const { res, content } = await client.get(key, options(o));
    return { ...told({ res }), body: seen(content) };
  },
  async get_to_file(key, path) {
    await client.get(key, path);
    return seen(fs.readFileSync(path));
  },
  head: async (key, o) => told(await client.head(key, options(o))),
  meta: async (key, o) => told(await client.getObjectMeta(key, options(o))),
  async exists(key) {
    try {
      await client.getObjectMeta(key);
      return true;
    } catch (error) {
      if (error.code === 'NoSuchKey') return false;
      throw error;
    }
  },
  delete: async (key) => told(await client.delete(key)),
  async delete_many(keys, o) {
    const { deleted } = await client.deleteMulti(keys, { quiet: o.quiet });
    return deleted.map((one) => one.Key);
  },
  async copy(bucket, source, key, o) {
    const headers = { ...o.headers, ...o.conditions }; // it makes the conditions on the source of plain ones
    const own = Object.entries(headers).filter(([name]) => name.startsWith(META));
    own.forEach(([name]) => delete headers[name]);
    const meta = Object.fromEntries(own.map(([name, value]) => [name.slice(META.length), value]));
    return told(await client.copy(key, source, bucket, { headers, ...(own.length ? { meta } : {}) }));
  },
  async append(key, position, data, o) {
    const done = await client.append(key, data, { position: String(position), headers: { ...o.headers } });
    return { ...told(done), next: Number(done.nextAppendPosition) };
  },
  put_symlink: async (key, target, o) => told(await client.putSymlink(key, target, options(o))),
  symlink: async (key) => (await client.getSymlink(key)).targetName,
  put_acl: async (key, acl) => told(await client.putACL(key, acl)),
  acl: async (key) => (await client.getACL(key)).acl,
  put_tags: async (key, tags) => told(await client.putObjectTagging(key, tags)),
  tags: async (key) => (await client.getObjectTagging(key)).tag,
  delete_tags: async (key) => told(await client.deleteObjectTagging(key)),
  async presign(method, key, seconds, o) {
    const { headers = {}, params = {} } = o;
    if (version.isV4) return client.signatureUrlV4(method, seconds, { headers, queries: params }, key);
    return client.signatureUrl(key, { method, expires: seconds, ...headers, subResource: { ...params } });
  },
};

const decoded = (key, o) => (o.encoding ? decodeURIComponent(key) : key);

function page(found, o) {
  const shown = found.objects.map((one) => ({
    key: decoded(one.name, o),
    size: one.size,
    etag: bare(one.etag),
    type: one.type,
    class: one.storageClass,
    owner: one.owner ? one.owner.id : null,
  }));
  const prefixes = list(found.prefixes).map((prefix) => decoded(prefix, o));
  return { objects: shown, prefixes, truncated: found.isTruncated };
}

const listings = {
  async list(o) {
    const query = { prefix: o.prefix, delimiter: o.delimiter, marker: o.marker, 'max-keys': o.max };
    const found = await client.list(asked({ ...query, 'encoding-type': o.encoding }));
    return { ...page(found, o), next: found.nextMarker === null ? null : decoded(found.nextMarker, o) };
  },
  async list2(o) {
    const found = await client.listV2(
      asked({
        prefix: o.prefix,
        delimiter: o.delimiter,
        'continuation-token': o.token,
        'start-after': o.after,
        'fetch-owner': o.owner,
        'max-keys': o.max,
        'encoding-type': o.encoding,
      })
    );
    return { ...page(found, o), next: found.nextContinuationToken, count: found.keyCount };
  },
  initiate: async (key, o) => (await client.initMultipartUpload(key, { headers: { ...o.headers } })).uploadId,
  async upload_part(key, upload, part, data, o) {
    const length = data.length;
    const done = await client.uploadPart(key, upload, part, data, 0, length, { headers: { ...o.headers } });
    return { ...told(done), etag: bare(done.etag) };
  },
  async upload_part_copy(key, upload, part, [bucket, source, first, last], o) {
    const range = `${first}-${last === null ? '' : last}`;
    const from = { sourceKey: source, sourceBucketName: bucket };
    const done = await client.uploadPartCopy(key, upload, part, range, from, { headers: { ...o.headers } });
    return { ...told(done), etag: bare(done.etag) };
  },
  async complete(key, upload, parts, o) {
    const made = list(parts).map(([part, etag]) => ({ number: part, etag }));
    const more = { headers: { ...o.headers }, callback: o.callback };
    const done = await client.completeMultipartUpload(key, upload, made, more);
    return { ...told(done), data: done.data };
  },
  abort: async (key, upload) => told(await client.abortMultipartUpload(key, upload)),
  async parts(key, upload, o) {
    const query = asked({ 'part-number-marker': o.marker, 'max-parts': o.max });
    const found = await client.listParts(key, upload, query);
    const parts = list(found.parts).map((one) => [Number(one.PartNumber), Number(one.Size), bare(one.ETag)]);
    return { parts, truncated: found.isTruncated === 'true', next: number(found.nextPartNumberMarker) };
  },
  async uploads(o) {
    const found = await client.listUploads(
      asked({ prefix: o.prefix, 'key-marker': o.key, 'upload-id-marker': o.upload, 'max-uploads': o.max })
    );
    const uploads = found.uploads.map((one) => [one.name, one.uploadId]);
    return { uploads, truncated: found.isTruncated, next: [found.nextKeyMarker, found.nextUploadIdMarker] };
  },
  /* The SDK's upload that can be resumed; its checkpoint is kept in the folder `store`. */
  async resume(key, path, o) {
    const memory = `${o.store}/checkpoint.json`;
    const checkpoint = fs.existsSync(memory) ? JSON.parse(fs.readFileSync(memory)) : undefined;
    const progress = (_share, point) => point && fs.writeFileSync(memory, JSON.stringify(point));
    const chosen = { partSize: o.part, parallel: o.parallel };
    return told(await client.multipartUpload(key, path, { ...chosen, checkpoint, progress }));
  },
};

const forms = {
  sign_form: (policy) => client.calculatePostSignature(policy),
  sign_form_v4: (policy, seconds) => client.signPostObjectPolicyV4(policy, new Date(seconds * 1000)),
};

const plain = (error) => ({
  name: error.name,
  message: error.message,
  status: error.status,
  code: error.code,
  ec: error.ecCode,
  headers: error.headers || {},
  details: {},
});

const methods = {};
for (const [name, method] of Object.entries({ connect, ...buckets, ...objects, ...listings, ...forms })) {
  methods[name] = async (...args) => {
    try {
      return await method(...args.map(inward));
    } catch (error) {
      throw plain(error);
    }
  };
}

serve(methods);
