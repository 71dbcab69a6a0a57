'use strict';
/* Mint vectors with npm ali-oss, unmodified. Run with: node tests/vectors/oss4/mint_ali_oss.js */
const { MODULES, asked, ledHere, posted, record, sent } = require('../node_capture');

const HOME = `${MODULES}/aliyun/node_modules/ali-oss`;
const OSS = require(HOME);

const TOKEN = 'tok+en/with==letters';
const ODD = "dir a/b/中+*~!'()%20&=?#.txt";
const KEY = { keyId: 'entrepot-dev-id', secret: 'entrepot/dev+secret' };
const FACTS = { ...KEY, mintedWith: `npm ali-oss ${require(`${HOME}/package.json`).version}` };

function client(more = {}) {
  return new OSS({
    accessKeyId: KEY.keyId,
    accessKeySecret: KEY.secret,
    region: 'oss-cn-hangzhou',
    bucket: 'demo',
    authorizationV4: true,
    ...more,
  });
}

async function headers() {
  const plain = client();
  const local = client({ endpoint: 'http://127.0.0.1:9400' });
  const path = client({ endpoint: 'http://localhost:9400', sldEnable: true });
  const sts = client({ stsToken: TOKEN });
  const put = { meta: { a: 'v' }, mime: 'text/plain' };
  const list = { prefix: 'a b+c/中&=', delimiter: '/' };
  const cases = [
    ['ali_oss_put', 'k.txt', 'put', () => plain.put('k.txt', Buffer.from('hello'))],
    ['ali_oss_put_address', ODD, 'put', () => local.put(ODD, Buffer.from('hello'), { ...put })],
    ['ali_oss_put_path_style', ODD, 'put', () => path.put(ODD, Buffer.from('hello'), { ...put })],
    ['ali_oss_list', '', 'listV2', () => plain.listV2(list)],
    ['ali_oss_get_acl', 'k', 'getACL', () => plain.getACL('k')],
    ['ali_oss_initiate', ODD, 'initMultipartUpload', () => plain.initMultipartUpload(ODD)],
    ['ali_oss_head_token', 'k', 'head', () => sts.head('k')],
    ['ali_oss_list_buckets', '', 'listBuckets', () => plain.listBuckets({ prefix: 'a' })],
  ];
  for (const [name, key, call, perform] of cases) {
    const token = name.endsWith('token') ? TOKEN : null;
    const bucket = name.endsWith('buckets') ? null : 'demo';
    record('oss4', name, { ...FACTS, key, token, bucket, call: `client.${call}`, request: await sent(perform) });
  }
}

async function addresses() {
  const extra = { 'content-type': 'text/plain', 'cache-control': 'no-cache', 'x-oss-object-acl': 'private' };
  const queries = { 'response-content-disposition': 'a b+c', 'x-oss-process': 'image/info' };
  const cases = [
    ['ali_oss_presigned_get', client(), 'GET', ODD, {}, []],
    ['ali_oss_presigned_get_queries', client(), 'GET', 'k', { queries }, []],
    ['ali_oss_presigned_put_headers', client(), 'PUT', ODD, { headers: extra }, ['cache-control']],
    ['ali_oss_presigned_put_token', client({ stsToken: TOKEN }), 'PUT', 'k', {}, []],
  ];
  for (const [name, made, method, key, request, additional] of cases) {
    const address = await made.signatureUrlV4(method, 600, request, key, additional);
    const token = name.endsWith('token') ? TOKEN : null;
    const call = `client.signatureUrlV4('${method}', 600, ${JSON.stringify(request)}, …, ${JSON.stringify(additional)})`;
    record('oss4', name, { ...FACTS, key, token, call, expires: 600, request: asked(method, address, request.headers) });
  }
}

function forms() {
  const made = client();
  const credential = 'entrepot-dev-id/20260102/cn-hangzhou/oss/aliyun_v4_request';
  const policy = {
    expiration: '2026-01-02T04:04:05.000Z',
    conditions: [
      { bucket: 'demo' },
      { 'x-oss-credential': credential },
      { 'x-oss-date': '20260102T030405Z' },
      { 'x-oss-signature-version': 'OSS4-HMAC-SHA256' },
      ['eq', '$key', ODD],
    ],
  };
  const fields = {
    key: ODD,
    policy: Buffer.from(JSON.stringify(policy)).toString('base64'),
    'x-oss-signature-version': 'OSS4-HMAC-SHA256',
    'x-oss-credential': credential,
    'x-oss-date': '20260102T030405Z',
    'x-oss-signature': made.signPostObjectPolicyV4(policy, new Date()),
  };
  const request = posted('demo.oss-cn-hangzhou.aliyuncs.com', fields);
  record('oss4', 'ali_oss_post', { ...FACTS, call: 'client.signPostObjectPolicyV4', request });
}

ledHere(async () => {
  await headers();
  await addresses();
  forms();
}).then(() => process.exit(0));
