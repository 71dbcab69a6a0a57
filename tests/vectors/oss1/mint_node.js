'use strict';
/*
 * Mint vectors with npm ali-oss and its signature version 1, unmodified, its clock held still.
 * Run: SDK_FOLDER=<folder with node_modules> node --no-deprecation tests/vectors/oss1/mint_node.js
 */
const { asked, freeze, led, record, sdk, sent, version } = require('../mint_capture.js');

const KEY_ID = 'entrepot-dev-id';
const SECRET = 'entrepot/dev+secret';
const TOKEN = 'tok+en/with==letters';
const NOW = 1767323045; // 2026-01-02T03:04:05Z
const ODD = "dir a/中+*~!'()%20&=?#.txt";
const FACTS = { keyId: KEY_ID, secret: SECRET };

function client(OSS, more = {}) {
  const where = more.endpoint ? {} : { region: 'oss-cn-hangzhou' };
  return new OSS({ accessKeyId: KEY_ID, accessKeySecret: SECRET, bucket: 'demo', secure: false, retryMax: 0, ...where, ...more });
}

async function headers(OSS, wire, mintedWith) {
  const host = client(OSS);
  const local = client(OSS, { endpoint: 'http://127.0.0.1:9400' });
  const sts = client(OSS, { stsToken: TOKEN });
  const meta = { meta: { a: 'two  spaces' }, mime: 'text/plain', headers: { 'x-oss-object-acl': 'private' } };
  const cases = [
    ['ali_put', host, 'demo', 'k.txt', 'put', ['k.txt', Buffer.from('hello')]],
    ['ali_put_path_style_odd_key', local, 'demo', ODD, 'put', [ODD, Buffer.from('hello'), meta]],
    ['ali_put_token', sts, 'demo', ODD, 'put', [ODD, Buffer.from('hello')]],
    ['ali_get_range', host, 'demo', ODD, 'get', [ODD, undefined, { headers: { Range: 'bytes=0-9' } }]],
    ['ali_get_process', host, 'demo', 'k', 'get', ['k', undefined, { process: 'image/resize,w_100' }]],
    ['ali_head', host, 'demo', 'k', 'head', ['k']],
    ['ali_list', host, 'demo', '', 'list', [{ prefix: 'a b+c/中&=', delimiter: '/', 'max-keys': 10 }]],
    ['ali_list_v2', local, 'demo', '', 'listV2', [{ prefix: 'a b', 'continuation-token': 'a b+c/中==' }]],
    ['ali_get_acl', host, 'demo', '', 'getBucketACL', ['demo']],
    ['ali_list_buckets', host, null, '', 'listBuckets', [{ prefix: 'a' }]],
    ['ali_initiate', host, 'demo', 'big', 'initMultipartUpload', ['big']],
    ['ali_list_parts', host, 'demo', 'big', 'listParts', ['big', 'u/+=1~', { 'max-parts': 10 }]],
    ['ali_abort', host, 'demo', 'big', 'abortMultipartUpload', ['big', 'u/+=1~']],
    ['ali_copy', host, 'demo', 'to', 'copy', ['to', ODD]],
    ['ali_delete_many', host, 'demo', '', 'deleteMulti', [['a', 'b']]],
  ];
  for (const [name, oss, bucket, key, method, params] of cases) {
    const request = await sent(wire, () => oss[method](...params));
    const call = `client.${method}(${JSON.stringify(params.filter((value) => !Buffer.isBuffer(value)))})`;
    record('oss1', name, {
      ...FACTS, form: 'header', request, bucket, key, signedAt: NOW, token: oss === sts ? TOKEN : null, mintedWith, call,
    });
  }
}

function addresses(OSS, mintedWith) {
  const host = client(OSS);
  const sts = client(OSS, { stsToken: TOKEN });
  const named = { 'Content-Type': 'text/plain', 'x-oss-meta-a': 'v', 'Content-MD5': 'XUFAKrxLKna5cZ2REBfFkg==' };
  const cases = [
    ['ali_presigned_get', host, ODD, {}],
    ['ali_presigned_get_overrides', host, 'k', { response: { 'content-disposition': 'attachment; filename="a b+c.txt"' }, process: 'image/info' }],
    ['ali_presigned_put_headers', host, 'k', { method: 'PUT', ...named }, named],
    ['ali_presigned_put_token', sts, ODD, { method: 'PUT' }],
    ['ali_presigned_put_callback', host, 'k', { method: 'PUT', callback: { url: 'http://127.0.0.1/cb', body: 'b=${bucket}', customValue: { v: '1' } } }],
  ];
  for (const [name, oss, key, options, headers] of cases) {
    const call = `client.signatureUrl(${JSON.stringify(options)})`;
    const url = oss.signatureUrl(key, { expires: 600, ...options });
    record('oss1', name, {
      ...FACTS, form: 'query', request: asked(options.method || 'GET', url, headers), bucket: 'demo', key, expiresAt: NOW + 600,
      token: oss === sts ? TOKEN : null, mintedWith, call,
    });
  }
}

function forms(OSS, mintedWith) {
  const policy = { expiration: '2026-01-02T04:04:05.000Z', conditions: [{ bucket: 'demo' }, ['starts-with', '$key', '目录/'], ['content-length-range', 0, 1024]] };
  for (const [name, token] of [['ali_post', null], ['ali_post_token', TOKEN]]) {
    const fields = { key: '目录/a.txt', ...client(OSS).calculatePostSignature(policy), ...(token ? { 'x-oss-security-token': token } : {}) };
    const request = asked('POST', 'http://demo.oss-cn-hangzhou.aliyuncs.com/', { 'Content-Type': 'multipart/form-data; boundary=b' });
    record('oss1', name, {
      ...FACTS, form: 'form', request: { ...request, form: Object.entries(fields) }, bucket: 'demo', token, mintedWith,
      call: `client.calculatePostSignature(${JSON.stringify(policy)})`,
    });
  }
}

async function main() {
  const wire = await led(); // first: the SDK's agent remembers how connections are made when it is loaded
  const OSS = sdk('ali-oss');
  const mintedWith = `npm ali-oss ${version('ali-oss')}`;
  freeze(NOW * 1000);
  await headers(OSS, wire, mintedWith);
  addresses(OSS, mintedWith);
  forms(OSS, mintedWith);
  process.exit(0);
}

main().catch((error) => { console.error(error); process.exit(1); });
