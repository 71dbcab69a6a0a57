'use strict';
/*
 * npm cos-nodejs-sdk-v5 3.0.0, unmodified: every method of one client, whose promise is the answer.
 * Law: a body that comes back is written {size, sha1, text}; an error {status, code, message, requestId}.
 */
const crypto = require('crypto');
const fs = require('fs');
const COS = require('cos-nodejs-sdk-v5');
const { serve } = require('../line_server');

const SHOWN_BYTES = 4096;
let client;

function digest(body) {
  return { size: body.length, sha1: crypto.createHash('sha1').update(body).digest('hex'), text: body.toString('utf8', 0, SHOWN_BYTES) };
}

function outward(value) {
  return value && Buffer.isBuffer(value.Body) ? { ...value, Body: digest(value.Body) } : value;
}

function failure(error) {
  const { statusCode, code, message, RequestId } = error || {};
  return { status: statusCode || 0, code, message, requestId: RequestId };
}

const methods = {
  configure(options) {
    const { Callback, SecretId, SecretKey, ...rest } = options;
    const signing = {
      getAuthorization(asked, callback) {
        callback({ Authorization: COS.getAuthorization({ SecretId, SecretKey, ...asked }) });
      },
    };
    client = new COS({ ...rest, ...(Callback ? signing : { SecretId, SecretKey }) });
  },
  url: (params) => new Promise((resolve, reject) => {
    let direct = null; // the callback may come before the return
    direct = client.getObjectUrl(params, (error, data) => setTimeout(() => (error ? reject(failure(error)) : resolve({ direct, later: data.Url }))));
  }),
  offset: () => client.options.SystemClockOffset,
  digest: (path) => digest(fs.readFileSync(path)),
};

for (const name of Object.keys(COS.prototype)) {
  if (!methods[name] && typeof COS.prototype[name] === 'function') {
    methods[name] = (params) => client[name](params).then(outward, (error) => { throw failure(error); });
  }
}

serve(methods);
