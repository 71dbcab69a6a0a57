'use strict';
/* npm qos-node-client 0.0.6, unmodified: every method of one client, whose promise is the answer. */
const sdk = require('qos-node-client').default;
const { serve } = require('./line_server');

// uploadLargeFile looks at its slices only after the last was sent: one that fails earlier is unhandled until then
process.on('unhandledRejection', () => {});

let client;

const methods = {
  configure(address, appId, secretId, secretKey, bucket) {
    client = sdk.createClient({ appId, secretId, secretKey, bucket, region: 'sh' });
    if (address) client.url = `${address}/files/v2/${appId}/`;
  },
};

const names = ['sign', 'mkdir', 'rm', 'ls', 'upload', 'stat', 'updateStat', 'mv', 'uploadLargeFile'];
for (const name of names) { // not rmdir and uploadSliceList: both are broken in the SDK itself
  methods[name] = (options) => client[name](options);
}

serve(methods);
