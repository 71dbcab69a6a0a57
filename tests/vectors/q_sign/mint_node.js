'use strict';
/*
 * Mint vectors with npm cos-nodejs-sdk-v5 and cos-wx-sdk-v5, unmodified, their clocks held still. The
 * mini-program SDK gets the two calls of its host (`wx`) that it makes; what it hands them is what is recorded.
 * Run: SDK_FOLDER=<folder with node_modules> node --no-deprecation tests/vectors/q_sign/mint_node.js
 */
const { asked, freeze, led, record, sdk, sent, version } = require('../mint_capture.js');

const KEY_ID = 'entrepot-dev-id';
const SECRET = 'entrepot/dev+secret';
const TOKEN = 'tok+en/with==letters';
const NOW = 1767323045; // 2026-01-02T03:04:05Z
const BUCKET = 'demo-1250000000';
const AT = { Bucket: BUCKET, Region: 'ap-guangzhou' };
const ODD = "dir a/k+b~!*'()%20&=?#;,:@$[]中é//x/../y.txt";
const KEYS = { SecretId: KEY_ID, SecretKey: SECRET };
const PLAIN = { ...KEYS, Protocol: 'http:' };
const STS = {
  Protocol: 'http:',
  getAuthorization: (_, done) => done({
    TmpSecretId: KEY_ID, TmpSecretKey: SECRET, SecurityToken: TOKEN, StartTime: NOW - 100, ExpiredTime: NOW + 7200,
  }),
};
const FACTS = { keyId: KEY_ID, secret: SECRET, bucket: BUCKET, signedAt: NOW - 1, expiresAt: NOW + 899 };
const STS_FACTS = { ...FACTS, token: TOKEN, signedAt: NOW - 100, expiresAt: NOW + 7200 };

const quiet = () => {};

async function headers(wire) {
  const COS = sdk('cos-nodejs-sdk-v5');
  const mintedWith = `npm cos-nodejs-sdk-v5 ${version('cos-nodejs-sdk-v5')}`;
  const host = new COS(PLAIN);
  const local = new COS({ ...PLAIN, Domain: '127.0.0.1:9400' });
  const sts = new COS(STS);
  const bare = new COS({ ...PLAIN, ForceSignHost: false });
  const named = { ContentType: 'text/plain', 'x-cos-meta-a': 'two  spaces', CacheControl: 'no-cache' };
  const cases = [
    ['node_put', host, 'putObject', 'k.txt', { Body: 'hello' }],
    ['node_put_empty', host, 'putObject', 'k.txt', { Body: '', ContentType: '', CacheControl: '' }],
    ['node_put_odd_key_port', local, 'putObject', ODD, { Body: 'hello', ...named }],
    ['node_put_token', sts, 'putObject', ODD, { Body: 'hello' }],
    ['node_put_no_host', bare, 'putObject', 'k', { Body: 'hello' }],
    ['node_get_range', host, 'getObject', '目录/文件', { Range: 'bytes=0-9' }],
    ['node_get_override', local, 'getObject', 'k', { ResponseContentDisposition: 'attachment; filename="a b+c.txt"' }],
    ['node_get_query', host, 'getObject', 'k', { Query: { 'Upper Case+中': "!'()*~" } }],
    ['node_head', host, 'headObject', 'k', {}],
    ['node_list', host, 'getBucket', '', { Prefix: 'a b+c/中&=', Delimiter: '/', EncodingType: 'url' }],
    ['node_initiate', host, 'multipartInit', 'big', {}],
    ['node_upload_part', host, 'multipartUpload', 'big', { PartNumber: 2, UploadId: '17673230456ed1+/=', Body: 'part' }],
    ['node_complete', host, 'multipartComplete', 'big', { UploadId: 'u', Parts: [{ PartNumber: 2, ETag: '"e"' }] }],
    ['node_abort', host, 'multipartAbort', 'big', { UploadId: 'u' }],
    ['node_list_uploads', host, 'multipartList', '', { Prefix: 'a b' }],
    ['node_append', host, 'appendObject', 'log', { Position: 0, Body: 'line' }],
    ['node_copy', host, 'putObjectCopy', 'to', { CopySource: `${BUCKET}.cos.ap-guangzhou.myqcloud.com/a%20b%2B` }],
    ['node_delete', host, 'deleteObject', 'k', {}],
    ['node_delete_many', sts, 'deleteMultipleObject', '', { Objects: [{ Key: 'a' }, { Key: 'b' }] }],
    ['node_get_acl', host, 'getBucketAcl', '', {}],
  ];
  for (const [name, cos, method, key, params] of cases) {
    const request = await sent(wire, () => cos[method]({ ...AT, ...(key ? { Key: key } : {}), ...params }, quiet));
    const facts = cos === sts ? STS_FACTS : FACTS;
    record('q_sign', name, { ...facts, form: 'header', request, key, mintedWith, call: `cos.${method}(${JSON.stringify(params)})` });
  }
  const request = await sent(wire, () => host.getService({}, quiet));
  record('q_sign', 'node_list_buckets', { ...FACTS, bucket: null, form: 'header', request, mintedWith, call: 'cos.getService()' });
}

const given = (cos, params) => new Promise((resolve, reject) => {
  cos.getObjectUrl(params, (error, data) => (error ? reject(error) : resolve(data.Url)));
});

async function addresses() {
  const COS = sdk('cos-nodejs-sdk-v5');
  const mintedWith = `npm cos-nodejs-sdk-v5 ${version('cos-nodejs-sdk-v5')}`;
  const host = new COS(PLAIN);
  const local = new COS({ ...PLAIN, Domain: '127.0.0.1:9400' });
  const sts = new COS(STS);
  const query = { 'response-content-disposition': 'attachment; filename="a b+c.txt"', '中 文': 'v+ w' };
  const cases = [
    ['node_presigned_get', host, ODD, {}],
    ['node_presigned_get_query_port', local, 'k', { Query: query }],
    ['node_presigned_put_headers', host, 'k', { Method: 'PUT', Headers: { 'x-cos-meta-a': 'v' } }, { 'x-cos-meta-a': 'v' }],
    ['node_presigned_get_token', sts, 'k', { Query: query }],
    ['node_presigned_get_no_host', host, 'k', { ForceSignHost: false }],
  ];
  for (const [name, cos, key, params, headers] of cases) {
    const call = `cos.getObjectUrl(${JSON.stringify(params)})`;
    const url = await given(cos, { ...AT, Key: key, ...params });
    const facts = { ...(cos === sts ? STS_FACTS : FACTS), form: 'query', key, mintedWith };
    record('q_sign', name, { ...facts, call, request: asked(params.Method || 'GET', url, headers) });
  }
  const params = { ...AT, Key: 'k', Query: query, Sign: true };
  record('q_sign', 'node_presigned_get_at_once', {
    ...FACTS, form: 'query', key: 'k', mintedWith, call: `the value of cos.getObjectUrl(${JSON.stringify({ Query: query })})`,
    request: asked('GET', new COS(PLAIN).getObjectUrl(params).replace('中 文', encodeURIComponent('中 文'))),
  });
  const whole = COS.getAuthorization({ ...KEYS, Method: 'get', Key: ODD, Expires: 900 });
  record('q_sign', 'node_sign_parameter', {
    ...FACTS, form: 'query', key: ODD, mintedWith, call: "getAuthorization(...) in the parameter 'sign'",
    request: asked('GET', `http://127.0.0.1:9400/${encodeURIComponent(ODD).replace(/%2F/g, '/')}?sign=${encodeURIComponent(whole)}`),
  });
}

async function forms() {
  const mintedWith = `npm cos-wx-sdk-v5 ${version('cos-wx-sdk-v5')}`;
  let uploaded;
  global.wx = {
    uploadFile: (options) => {
      setImmediate(() => uploaded(options));
      return { onProgressUpdate: quiet, abort: quiet };
    },
    request: () => ({ abort: quiet }),
    getFileSystemManager: () => ({}),
    getSystemInfoSync: () => ({}),
    canIUse: () => false,
    getStorageSync: quiet,
    setStorageSync: quiet,
    getNetworkType: quiet,
    getFileInfo: quiet,
  };
  global.window = global;
  const COS = sdk('cos-wx-sdk-v5');
  const cases = [
    ['wx_post', { ...KEYS, Protocol: 'http:' }, {}, FACTS],
    ['wx_post_token', STS, { 'x-cos-meta-a': 'v', ContentDisposition: 'inline; filename="中.txt"', ACL: 'private' }, STS_FACTS],
    ['wx_post_no_host', { ...KEYS, Protocol: 'http:', ForceSignHost: false }, {}, FACTS],
  ];
  for (const [name, options, params, facts] of cases) {
    const cos = new COS({ ...options, SimpleUploadMethod: 'postObject' });
    const posted = new Promise((resolve) => { uploaded = resolve; });
    cos.postObject({ ...AT, Key: '目录/a b.txt', FilePath: 'wxfile://a.txt', ...params }, quiet);
    const { url, header, formData } = await posted;
    const request = asked('POST', url, { ...header, 'Content-Type': 'multipart/form-data; boundary=b' });
    const sentHeaders = request.headers.filter(([key, value], at) => (
      typeof value === 'string' && /^[\x20-\x7e]*$/.test(value) && request.headers.findIndex(([other]) => other === key) === at
    ));
    record('q_sign', name, {
      ...facts, form: 'form-old', mintedWith, call: `cos.postObject(${JSON.stringify(params)})`,
      request: { ...request, headers: sentHeaders, form: Object.entries(formData).map(([key, value]) => [key, String(value)]) },
    });
  }
  const headers = { Host: '127.0.0.1:9400' };
  const whole = COS.getAuthorization({ ...KEYS, Method: 'post', Pathname: `/${BUCKET}/`, Headers: headers, Expires: 900 });
  for (const [name, where] of [['wx_post_path_style', `/${BUCKET}/`], ['wx_post_path_style_no_slash', `/${BUCKET}`]]) {
    const request = asked('POST', `http://127.0.0.1:9400${where}`, { 'Content-Type': 'multipart/form-data; boundary=b' });
    record('q_sign', name, {
      ...FACTS, form: 'form-old', mintedWith, call: `COS.getAuthorization({Method: 'post', Pathname: '/${BUCKET}/'})`,
      request: { ...request, form: [['key', 'k'], ['Signature', whole]] },
    });
  }
}

async function main() {
  freeze(NOW * 1000);
  const wire = await led();
  await headers(wire);
  await addresses();
  await forms();
  process.exit(0);
}

main();
