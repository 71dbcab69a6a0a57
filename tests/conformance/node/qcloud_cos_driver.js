'use strict';
/* npm qcloud_cos 1.0.6, unmodified: every function of its `cos` object, with its callback turned into an answer. */
const sdk = require('qcloud_cos');
const { serve } = require('./line_server');

const methods = {
  configure(address, appid, keyId, secret) {
    sdk.conf.setAppInfo(appid, keyId, secret, 20);
    sdk.conf.API_COS_END_POINT = `${address}/files/v2/`;
  },
  signMore: (bucket, seconds) => sdk.auth.signMore(bucket, Math.floor(Date.now() / 1000) + seconds),
  signOnce: (bucket, fileid) => sdk.auth.signOnce(bucket, fileid),
};

for (const name of Object.keys(sdk.cos)) {
  methods[name] = (...args) => new Promise((resolve) => sdk.cos[name](...args, resolve));
}

serve(methods);
