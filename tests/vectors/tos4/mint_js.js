'use strict';
/* Mint vectors with npm @volcengine/tos-sdk, unmodified. Run with: node tests/vectors/tos4/mint_js.js */
const { MODULES, asked, ledHere, posted, record, sent } = require('../node_capture');

const HOME = `${MODULES}/volcengine/node_modules/@volcengine/tos-sdk`;
const { TosClient } = require(HOME);

const TOKEN = 'tok+en/with==letters';
const ODD = "dir a/b/中+*~!'()%20&=?#.txt";
const KEY = { keyId: 'entrepot-dev-id', secret: 'entrepot/dev+secret' };
const FACTS = { ...KEY, mintedWith: `npm @volcengine/tos-sdk ${require(`${HOME}/package.json`).version}` };

function client(more = {}) {
  return new TosClient({
    accessKeyId: KEY.keyId,
    accessKeySecret: KEY.secret,
    region: 'cn-beijing',
    endpoint: 'tos-cn-beijing.volces.com',
    secure: false,
    maxRetryCount: 0,
    ...more,
  });
}

async function headers() {
  const plain = client();
  const local = client({ endpoint: '127.0.0.1:9400' });
  const sts = client({ stsToken: TOKEN });
  const body = Buffer.from('hello');
  const meta = { a: 'two  spaces' };
  const list = { bucket: 'demo', prefix: 'a b+c/中&=', delimiter: '/' };
  const cases = [
    ['js_put_odd_key', ODD, 'putObject', () => plain.putObject({ bucket: 'demo', key: ODD, body, meta })],
    ['js_put_path_style', ODD, 'putObject', () => local.putObject({ bucket: 'demo', key: ODD, body })],
    ['js_list', '', 'listObjectsType2', () => plain.listObjectsType2(list)],
    ['js_list_path_style', '', 'listObjectsType2', () => local.listObjectsType2(list)],
    ['js_head_token', 'k', 'headObject', () => sts.headObject({ bucket: 'demo', key: 'k' })],
  ];
  for (const [name, key, call, perform] of cases) {
    const token = name.endsWith('token') ? TOKEN : null;
    record('tos4', name, { ...FACTS, key, token, call: `TosClient.${call}`, request: await sent(perform) });
  }
}

function addresses() {
  const custom = { alternativeEndpoint: '127.0.0.1:9400', isCustomDomain: true };
  const cases = [
    ['js_presigned_put', client(), { key: ODD, method: 'PUT' }],
    ['js_presigned_get_token', client({ stsToken: TOKEN }), { key: ODD, response: { contentDisposition: 'a b+c' } }],
    ['js_presigned_custom_domain', client(), { key: 'k', ...custom }],
  ];
  for (const [name, made, given] of cases) {
    const input = { bucket: 'demo', expires: 600, ...given };
    const request = asked(given.method || 'GET', made.getPreSignedUrl(input));
    const token = name.endsWith('token') ? TOKEN : null;
    const call = `TosClient.getPreSignedUrl(${JSON.stringify(input)})`;
    record('tos4', name, { ...FACTS, key: given.key, token, call, expires: 600, request });
  }
}

async function forms() {
  const fields = await client().calculatePostSignature({ bucket: 'demo', key: ODD, expiresIn: 600 });
  const request = posted('demo.tos-cn-beijing.volces.com', fields);
  record('tos4', 'js_post', { ...FACTS, call: 'TosClient.calculatePostSignature', request });
}

ledHere(async () => {
  await headers();
  addresses();
  await forms();
}).then(() => process.exit(0));
