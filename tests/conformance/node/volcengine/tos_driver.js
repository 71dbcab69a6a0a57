'use strict';
/*
 * npm @volcengine/tos-sdk 2.9.1, unmodified: any method of TosClient, one call per line.
 * Law: `open` makes a named client, `call` performs a method of it, `policyUrl` wraps the one result that is only
 * methods. Content is {text}, {file} or {stream}, whose length the SDK cannot know. No expectation is written here.
 */
const crypto = require('crypto');
const fs = require('fs');
const { Readable } = require('stream');
const { TosClient, TosServerError } = require('@volcengine/tos-sdk');
const { serve } = require('../line_server');

const SHOWN_BYTES = 64 * 1024;
const clients = {};

function content(value) {
  if (value.text !== undefined) return Buffer.from(value.text);
  if (value.file !== undefined) return fs.createReadStream(value.file);
  return Readable.from([Buffer.from(value.stream.slice(0, 7)), Buffer.from(value.stream.slice(7))]);
}

function built(given) {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) return given;
  const input = { ...given };
  if (input.body) input.body = content(input.body);
  if (input.expires && typeof input.expires === 'string') input.expires = new Date(input.expires);
  return input;
}

function shown(buffer) {
  const digest = crypto.createHash('sha256').update(buffer).digest('hex');
  const told = { size: buffer.length, sha256: digest };
  return buffer.length <= SHOWN_BYTES ? { ...told, base64: buffer.toString('base64') } : told;
}

function outward(value) {
  if (Buffer.isBuffer(value)) return shown(value);
  if (Array.isArray(value)) return value.map(outward);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, outward(item)]));
}

function failure(reason) {
  const inner = reason instanceof TosServerError ? reason : reason && reason.cause;
  if (inner instanceof TosServerError) {
    const { code, message, statusCode, headers, requestId, id2, data } = inner;
    const body = data && typeof data === 'object' && !Buffer.isBuffer(data) ? data : {};
    return {
      kind: 'server', status: statusCode, code, message, header: headers, request_id: requestId, id2,
      ec: body.EC || headers['x-tos-ec'] || '', resource: body.Resource || '',
    };
  }
  return { kind: 'client', name: reason && reason.name, message: String(reason && reason.message) };
}

async function told(work) {
  try {
    return outward(await work());
  } catch (reason) {
    throw failure(reason);
  }
}

serve({
  open(name, options) {
    clients[name] = new TosClient(options);
  },
  call: (name, method, given) => told(() => clients[name][method](built(given))),
  policyUrl: (name, given, query, keys) => told(() => {
    const made = clients[name].preSignedPolicyURL(given);
    const objects = Object.fromEntries(keys.map((key) => [key, made.getSignedURLForGetOrHead(key)]));
    return { list: made.getSignedURLForList(query), objects };
  }),
});
