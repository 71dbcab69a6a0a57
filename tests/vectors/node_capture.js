'use strict';
/*
 * Record what a real SDK for Node puts on the wire; used by the mint_*.js scripts of the scope-folding schemes.
 *
 * Law: no signature is computed here. The SDK runs unmodified with its clock held still; every connection it opens,
 * whatever the host, is led to a socket of this process, which keeps the bytes. A vector whose facts did not change
 * keeps the day on which it was first minted. Vectors have the shape that mint_capture.py writes.
 */
const fs = require('fs');
const net = require('net');
const path = require('path');

const NOW = 1767323045; // 2026-01-02T03:04:05Z
const TODAY = new Date().toISOString().slice(0, 10);
const NOISE = new Set(['user-agent', 'accept', 'accept-encoding', 'connection']);
const MODULES = path.join(__dirname, '..', 'conformance', 'node');
const heads = [];
const bodies = [];
const RealDate = Date;
const realConnect = net.Socket.prototype.connect;

global.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length ? given : [NOW * 1000]));
  }

  static now() {
    return NOW * 1000;
  }
};

function serve(connection) {
  let data = '';
  connection.on('error', () => {});
  connection.on('data', (piece) => {
    data += piece.toString('latin1');
    const end = data.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = /\r\ncontent-length: (\d+)/i.exec(data.slice(0, end));
    const whole = length ? data.length >= end + 4 + Number(length[1]) : true;
    if (!whole || (/\r\ntransfer-encoding: chunked/i.test(data.slice(0, end)) && !data.endsWith('0\r\n\r\n'))) return;
    heads.push(data.slice(0, end));
    bodies.push(Buffer.from(data.slice(end + 4), 'latin1').toString('utf8'));
    data = '';
    connection.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  });
}

async function ledHere(work) {
  const server = net.createServer(serve);
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  net.Socket.prototype.connect = function connect(...given) {
    const callback = given.flat().find((item) => typeof item === 'function');
    return realConnect.call(this, { host: '127.0.0.1', port }, callback);
  };
  try {
    await work();
  } finally {
    net.Socket.prototype.connect = realConnect;
    server.close();
  }
}

/* The first request that a call sends; what it makes of the answer does not matter. */
async function sent(call) {
  heads.length = 0;
  bodies.length = 0;
  await call().catch((reason) => {
    if (!heads.length) throw reason;
  });
  const [line, ...fields] = heads[0].split('\r\n');
  const [method, target] = line.split(' ');
  const [, route, query] = /^([^?]*)\??(.*)$/.exec(target);
  const headers = fields.map((field) => /^([^:]*):\s*(.*)$/.exec(field)).map(([, name, value]) => [name.toLowerCase(), value]);
  return {
    method,
    authority: headers.find(([name]) => name === 'host')[1],
    path: route,
    query,
    headers: headers.filter(([name]) => !NOISE.has(name)),
    form: null,
  };
}

/* The same with the body, for schemes that sign it. */
async function sentWhole(call) {
  return { ...(await sent(call)), payload: bodies[0] };
}

function asked(method, address, headers = {}) {
  const [, authority, route, query] = /^https?:\/\/([^/]*)([^?]*)\??(.*)$/.exec(address);
  return { method, authority, path: route, query, headers: [['host', authority], ...Object.entries(headers)], form: null };
}

function posted(authority, fields) {
  return {
    method: 'POST',
    authority,
    path: '/',
    query: '',
    headers: [['host', authority], ['content-type', 'multipart/form-data; boundary=b']],
    form: Object.entries(fields),
  };
}

function record(scheme, name, given) {
  const form = given.form || (given.request.form ? 'form' : given.expires ? 'query' : 'header');
  const vector = {
    case: name,
    provenance: { minted_with: given.mintedWith, runtime: `Node ${process.version}`, call: given.call, minted_on: TODAY },
    scheme,
    form,
    key_id: given.keyId,
    secret: given.secret,
    token: given.token || null,
    signed_at: NOW,
    expires_at: given.expires ? NOW + given.expires : null,
    request: given.request,
    target: { bucket: given.bucket === undefined ? 'demo' : given.bucket, key: given.key || '' },
  };
  const file = path.join(__dirname, scheme, name, 'vector.json');
  const text = (day) => `${JSON.stringify({ ...vector, provenance: { ...vector.provenance, minted_on: day } }, null, 2)}\n`;
  if (fs.existsSync(file)) {
    const before = fs.readFileSync(file, 'utf8');
    if (before === text(JSON.parse(before).provenance.minted_on)) return;
  }
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text(TODAY));
  console.log(`minted ${scheme}/${name}`);
}

module.exports = { MODULES, NOW, asked, ledHere, posted, record, sent, sentWhole };
