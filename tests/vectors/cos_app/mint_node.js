'use strict';
/*
 * Mint vectors with npm qcloud_cos 1.0.6 and npm qos-node-client 0.0.6, unmodified, with the clock and the
 * random number held still. What is signed is taken from the requests that their calls would have sent.
 * Run: node --no-deprecation tests/vectors/cos_app/mint_node.js
 */
const fs = require('fs');
const http = require('http');
const path = require('path');

const modules = path.join(__dirname, '..', '..', 'conformance', 'node', 'node_modules');
const qcloud = require(path.join(modules, 'qcloud_cos'));
const qos = require(path.join(modules, 'qos-node-client')).default;
const version = (name) => require(path.join(modules, name, 'package.json')).version;

const NOW_MS = 1470736940123;
const APPID = '1250000000';
const KEY_ID = 'entrepot-dev-id';
const SECRET = 'entrepot-dev-secret';
const BUCKET = 'demo';

function record(name, { sign, kind, path: bound, mintedWith, call }) {
  const plaintext = Buffer.from(sign, 'base64').subarray(20).toString('utf8');
  const provenance = { minted_with: mintedWith, runtime: `Node.js ${process.version}`, call };
  const vector = {
    case: name, provenance, kind, appid: APPID, bucket: BUCKET, key_id: KEY_ID, secret: SECRET, path: bound, plaintext, sign,
  };
  const file = path.join(__dirname, name, 'vector.json');
  const today = new Date().toISOString().slice(0, 10);
  if (fs.existsSync(file)) {
    const before = JSON.parse(fs.readFileSync(file, 'utf8'));
    const day = before.provenance.minted_on;
    if (JSON.stringify(before) === JSON.stringify({ ...vector, provenance: { ...provenance, minted_on: day } })) return;
  }
  provenance.minted_on = today;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, JSON.stringify(vector, null, 2) + '\n');
  console.log(`minted ${name}`);
}

const realNow = Date.now;
const realRandom = Math.random;

function frozen(work) {
  Date.now = () => NOW_MS;
  Math.random = () => 0.114146;
  try { return work(); } finally { Date.now = realNow; Math.random = realRandom; }
}

/* The Authorization header of the request that `work` would send. */
function sent(work) {
  const realRequest = http.request;
  let headers;
  http.request = (options) => {
    headers = options.headers;
    const request = { on: () => request, setTimeout: () => request, end: () => request };
    return request;
  };
  try { frozen(work); } finally { http.request = realRequest; }
  return headers.Authorization;
}

qcloud.conf.setAppInfo(APPID, KEY_ID, SECRET, 20);
const node = { mintedWith: `npm qcloud_cos ${version('qcloud_cos')}` };
const quiet = () => {};

record('qcloud_cos_multi', {
  ...node, kind: 'multi', path: null, call: "statFile('demo', 'dir/a.txt')",
  sign: sent(() => qcloud.cos.statFile(BUCKET, 'dir/a.txt', quiet)),
});
record('qcloud_cos_once', {
  ...node, kind: 'once', path: '/dir/a.txt', call: "deleteFile('demo', 'dir/a.txt')",
  sign: sent(() => qcloud.cos.deleteFile(BUCKET, 'dir/a.txt', quiet)),
});
record('qcloud_cos_once_directory', {
  ...node, kind: 'once', path: '/目录/', call: "deleteFolder('demo', '/目录/')",
  sign: sent(() => qcloud.cos.deleteFolder(BUCKET, '/目录/', quiet)),
});
record('qcloud_cos_once_non_ascii', {
  ...node, kind: 'once', path: "/目录/文件 名!'()*+~.txt", call: "moveFile('demo', \"目录/文件 名!'()*+~.txt\", '/b.txt')",
  sign: sent(() => qcloud.cos.moveFile(BUCKET, "目录/文件 名!'()*+~.txt", '/b.txt', 0, quiet)),
});

const client = qos.createClient({ appId: APPID, secretId: KEY_ID, secretKey: SECRET, bucket: BUCKET });
const qosFacts = { mintedWith: `npm qos-node-client ${version('qos-node-client')}`, kind: 'multi' };

record('qos_decimal_times', {
  ...qosFacts, path: '/dir/a.txt', call: "sign({ fileId: '/dir/a.txt' })",
  sign: frozen(() => client.sign({ fileId: '/dir/a.txt' })),
});
record('qos_non_ascii', {
  ...qosFacts, path: '/目录/文件 名+.txt', call: "sign({ fileId: '/目录/文件 名+.txt', timestamp: 1470736940, random: 7 })",
  sign: frozen(() => client.sign({ fileId: '/目录/文件 名+.txt', timestamp: 1470736940, random: 7 })),
});
record('qos_bucket', {
  ...qosFacts, path: '/', call: "sign({ fileId: '/' })",
  sign: frozen(() => client.sign({ fileId: '/' })),
});
