'use strict';
/* Mint vectors with npm @volcengine/openapi, unmodified. Run with: node tests/vectors/volc/mint_node.js */
const { MODULES, asked, ledHere, record, sentWhole } = require('../node_capture');

const HOME = `${MODULES}/minting_volcengine/node_modules/@volcengine/openapi`;
const { Service, Signer } = require(HOME);

const TOKEN = 'tok+en/with==letters';
const ODD = 'e7737a 中+&=é.mp3';
const KEY = { keyId: 'entrepot-dev-id', secret: 'entrepot/dev+secret' };
const FACTS = { ...KEY, bucket: null, mintedWith: `npm @volcengine/openapi ${require(`${HOME}/package.json`).version}` };
const VERSION = '2022-01-01';

function service(sessionToken) {
  return new Service({
    serviceName: 'vms',
    host: '127.0.0.1:9400',
    protocol: 'http:',
    region: 'cn-beijing',
    accessKeyId: KEY.keyId,
    secretKey: KEY.secret,
    sessionToken,
    defaultVersion: VERSION,
  });
}

async function headers() {
  const name = { FileName: ODD };
  const cases = [
    ['node_json', null, 'createJSONAPI', (made) => made.createJSONAPI('GetResourceUploadUrl')(name)],
    ['node_json_token', TOKEN, 'createJSONAPI', (made) => made.createJSONAPI('GetResourceUploadUrl')(name)],
    ['node_get', null, 'createAPI', (made) => made.createAPI('QueryUsableResourceV2', { method: 'GET' })({ Type: 0, Note: ODD })],
    ['node_form', null, 'createUrlEncodeAPI', (made) => made.createUrlEncodeAPI('OpenUpdateResource')({ Name: ODD })],
  ];
  for (const [name_, token, call, perform] of cases) {
    const request = await sentWhole(() => perform(service(token || undefined)));
    record('volc', name_, { ...FACTS, token, call: `Service.${call}`, request });
  }
}

function addresses() {
  for (const [name, token] of [['node_address', null], ['node_address_token', TOKEN]]) {
    const params = { Action: 'QueryUsableResourceV2', Version: VERSION, Type: '0', Note: 'a b+c/中&=' };
    const signer = new Signer({ region: 'cn-beijing', method: 'GET', pathname: '/', params, headers: {} }, 'vms');
    const credentials = { accessKeyId: KEY.keyId, secretKey: KEY.secret, sessionToken: token || undefined };
    const request = { ...asked('GET', `http://127.0.0.1:9400/?${signer.getSignUrl(credentials)}`), payload: '' };
    record('volc', name, { ...FACTS, token, expires: 900, call: 'Signer.getSignUrl', request });
  }
}

ledHere(async () => {
  await headers();
  addresses();
}).then(() => process.exit(0));
