'use strict';
/*
 * npm tencentcloud-sdk-nodejs, unmodified: one call of one client per line.
 * Law: knows the versions of the products and nothing else of the server.
 */
const sdk = require('tencentcloud-sdk-nodejs');
const { serve } = require('../line_server');

const VERSIONS = { ms: 'v20180408', vod: 'v20240718', sts: 'v20180813' };

async function call(product, action, values, { endpoint, keyId, secret, token, sign, verb, multipart }) {
  const client = new sdk[product][VERSIONS[product]].Client({
    credential: { secretId: keyId, secretKey: secret, token },
    region: 'ap-guangzhou',
    profile: {
      signMethod: sign || 'TC3-HMAC-SHA256',
      httpProfile: { protocol: 'http://', endpoint, reqMethod: verb || 'POST' },
    },
  });
  try {
    return await (multipart ? client.request(action, values, { multipart: true }) : client[action](values));
  } catch (error) {
    throw { name: error.name, code: error.code, message: error.message, request: error.requestId };
  }
}

serve({ call });
