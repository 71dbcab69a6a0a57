'use strict';
/* Mint vectors with npm tencentcloud-sdk-nodejs, unmodified, its random numbers held still.
   Run with: node tests/vectors/tc3/mint_node.js */
const { MODULES, ledHere, record, sentWhole } = require('../node_capture');

const HOME = `${MODULES}/minting_tencent/node_modules/tencentcloud-sdk-nodejs`;
const TRACE = '00000000-0000-0000-0000-000000000005';
const KEY = { keyId: 'entrepot-dev-id', secret: 'entrepot/dev+secret' };
const TOKEN = 'tok+en/with==letters';
const FACTS = { ...KEY, bucket: null, mintedWith: `npm tencentcloud-sdk-nodejs ${require(`${HOME}/package.json`).version}` };
// The boundaries of forms.
require('crypto').randomBytes = (size) => Buffer.alloc(size, 5);
const sdk = require(HOME);

Math.random = () => 0.25;

function client(kind, { endpoint = '127.0.0.1:9400', method = 'POST', sign = 'TC3-HMAC-SHA256', token } = {}) {
  return new kind({
    credential: { secretId: KEY.keyId, secretKey: KEY.secret, token },
    region: 'ap-guangzhou',
    profile: {
      signMethod: sign,
      httpProfile: { protocol: 'http://', endpoint, reqMethod: method, headers: { 'X-TC-TraceId': TRACE } },
    },
  });
}

const Ms = sdk.ms.v20180408.Client;
const Vod = sdk.vod.v20240718.Client;
const key = (given) => () => client(Ms, given).CreateCosSecKeyInstance({ CosRegion: 'ap-shanghai', Duration: 1200 });
const storages = (given) => () => client(Vod, given).DescribeStorage({
  SubAppId: 220209, Filters: [{ Name: 'StorageName', Values: ['a b&c=中', "x~!*'()"] }],
});

const CASES = [
  ['node_post', key({})],
  ['node_post_localhost', key({ endpoint: 'localhost:9400' })],
  ['node_post_official_host', key({ endpoint: 'ms.tencentcloudapi.com' })],
  ['node_post_lists_token', storages({ token: TOKEN })],
  ['node_get', key({ method: 'GET' })],
  ['node_get_lists', storages({ method: 'GET' })],
  ['node_hmacsha1_post', key({ sign: 'HmacSHA1' })],
  ['node_hmacsha1_get_lists_token', storages({ sign: 'HmacSHA1', method: 'GET', token: TOKEN })],
  ['node_hmacsha256_post_lists', storages({ sign: 'HmacSHA256' })],
  ['node_hmacsha256_get', key({ sign: 'HmacSHA256', method: 'GET' })],
  ['node_multipart', () => client(Ms).request('CreateCosSecKeyInstance', { CosRegion: 'ap-shanghai' }, { multipart: true })],
];

ledHere(async () => {
  for (const [name, perform] of CASES) {
    const token = name.endsWith('token') ? TOKEN : null;
    const form = /hmacsha/.test(name) ? 'v1' : 'header';
    record('tc3', name, { ...FACTS, form, token, call: perform.toString(), request: await sentWhole(perform) });
  }
});
