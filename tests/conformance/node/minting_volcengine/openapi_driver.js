'use strict';
/*
 * npm @volcengine/openapi 1.36.2, unmodified: one call of its Service, and Node's own fetch for uploads.
 * Law: the SDK never throws on a status; what it resolves with is given back as it is.
 */
const { Service, Signer } = require('@volcengine/openapi');
const { serve } = require('../line_server');

const VERSION = '2022-01-01';

function service({ host, keyId, secret, token }) {
  return new Service({
    serviceName: 'vms',
    host,
    protocol: 'http:',
    region: 'cn-beijing',
    accessKeyId: keyId,
    secretKey: secret,
    sessionToken: token || undefined,
    defaultVersion: VERSION,
  });
}

serve({
  async call(options, action, values, how) {
    const made = service(options);
    if (how === 'get') return made.createAPI(action, { method: 'GET' })(values);
    if (how === 'form') return made.createUrlEncodeAPI(action)(values);
    return made.createJSONAPI(action)(values);
  },

  async address({ host, keyId, secret, token }, action, values) {
    const params = { Action: action, Version: VERSION, ...values };
    const signer = new Signer({ region: 'cn-beijing', method: 'GET', pathname: '/', params, headers: {} }, 'vms');
    const credentials = { accessKeyId: keyId, secretKey: secret, sessionToken: token || undefined };
    const reply = await fetch(`http://${host}/?${signer.getSignUrl(credentials)}`);
    return reply.json();
  },

  async put(url, content, headers) {
    const reply = await fetch(url, { method: 'PUT', body: Buffer.from(content, 'base64'), headers });
    return { status: reply.status, headers: Object.fromEntries(reply.headers), body: await reply.text() };
  },
});
