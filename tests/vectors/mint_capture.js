'use strict';
/*
 * Record what a real SDK for Node.js puts on the wire; used by the mint_node.js scripts. What mint_capture.py is for
 * Python: no signature is computed here, the SDK runs unmodified with its clock held still, every connection is led to
 * a socket of this process, and a vector whose facts did not change keeps the day on which it was first minted.
 *
 * The SDKs are looked up from the folder in SDK_FOLDER (one that has node_modules).
 */
const fs = require('fs');
const http = require('http');
const net = require('net');
const path = require('path');

const RealDate = Date;
const TODAY = new RealDate().toISOString().slice(0, 10);
const NOISE = new Set(['user-agent', 'accept', 'accept-encoding', 'connection']);

/* Load a package of SDK_FOLDER. */
const sdk = (name) => require(require.resolve(name, { paths: [process.env.SDK_FOLDER || process.cwd()] }));

/* The version that its package.json states. */
function version(name) {
  return JSON.parse(fs.readFileSync(path.join(process.env.SDK_FOLDER || '.', 'node_modules', name, 'package.json'))).version;
}

/* Hold the clock still for everything that runs afterwards. */
function freeze(milliseconds) {
  global.Date = class extends RealDate {
    constructor(...parts) { parts.length ? super(...parts) : super(milliseconds); }
    static now() { return milliseconds; }
  };
}

/* Lead every HTTP connection to a new listener. */
function led() {
  const wire = { requests: [], waiting: null };
  const server = net.createServer((socket) => {
    let data = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      data = Buffer.concat([data, chunk]);
      const end = data.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = data.subarray(0, end).toString('latin1');
      const length = Number((/\r\ncontent-length: *(\d+)/i.exec(head) || [0, 0])[1]);
      const chunked = /\r\ntransfer-encoding: *chunked/i.test(head);
      if (data.length - end - 4 < length || (chunked && !data.toString('latin1').endsWith('0\r\n\r\n'))) return;
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      wire.requests.push(head);
      if (wire.waiting) wire.waiting(head);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      const connect = net.connect;
      net.createConnection = () => connect({ host: '127.0.0.1', port });
      http.Agent.prototype.createConnection = net.createConnection;
      wire.close = () => server.close();
      resolve(wire);
    });
  });
}

/* The first request that `call` sends; what it makes of the answer does not matter. */
async function sent(wire, call) {
  wire.requests.length = 0;
  const first = new Promise((resolve, reject) => {
    wire.waiting = resolve;
    setTimeout(() => reject(new Error(`nothing was sent by ${call}`)), 5000).unref();
  });
  Promise.resolve().then(call).catch(() => {});
  const head = await first;
  wire.waiting = null;
  const [line, ...fields] = head.split('\r\n');
  const [method, target] = line.split(' ');
  const [where, ...query] = target.split('?');
  const headers = fields.map((field) => {
    const at = field.indexOf(':');
    return [field.slice(0, at).toLowerCase(), field.slice(at + 1).trim()];
  });
  return {
    method, authority: headers.find(([name]) => name === 'host')[1], path: where, query: query.join('?'),
    headers: headers.filter(([name]) => !NOISE.has(name)), form: null,
  };
}

/* The request that a presigned address stands for, as any HTTP client sends it. */
function asked(method, url, headers = {}) {
  const [, authority, where, query = ''] = /^https?:\/\/([^/?]+)([^?]*)(?:\?(.*))?$/.exec(url);
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return { method, authority, path: where || '/', query, headers: [['host', authority], ...named], form: null };
}

/* Write `<scheme>/<name>/vector.json`, with the keys in the order that mint_capture.py writes. */
function record(scheme, name, facts) {
  const { form, keyId, secret, token = null, signedAt = null, expiresAt = null, request, bucket = null, key = '' } = facts;
  const provenance = { minted_with: facts.mintedWith, runtime: `Node.js ${process.version}`, call: facts.call };
  const vector = {
    case: name, provenance, scheme, form, key_id: keyId, secret, token, signed_at: signedAt, expires_at: expiresAt,
    request, target: { bucket, key },
  };
  const file = path.join(__dirname, scheme, name, 'vector.json');
  if (fs.existsSync(file)) {
    const before = JSON.parse(fs.readFileSync(file, 'utf8'));
    const same = { ...vector, provenance: { ...provenance, minted_on: before.provenance.minted_on } };
    if (JSON.stringify(before) === JSON.stringify(same)) return;
  }
  provenance.minted_on = TODAY;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, JSON.stringify(vector, null, 2) + '\n');
  console.log(`minted ${scheme}/${name}`);
}

module.exports = { asked, freeze, led, record, sdk, sent, version };
