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
const DATES = ['expires', 'ifModifiedSince', 'ifUnmodifiedSince'];
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
  for (const name of DATES) {
    if (typeof input[name] === 'string') input[name] = new Date(input[name]);
  }
  return input;
}

async function gathered(stream) {
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function shown(stream) {
  const buffer = await gathered(stream);
  const digest = crypto.createHash('sha256').update(buffer).digest('hex');
  const told = { size: buffer.length, sha256: digest };
  return buffer.length <= SHOWN_BYTES ? { ...told, base64: buffer.toString('base64') } : told;
}

async function outward(value) {
  if (value instanceof Readable) return shown(value);
  if (Array.isArray(value)) return Promise.all(value.map(outward));
  if (value === null || typeof value !== 'object') return value;
  const pairs = Object.entries(value).map(async ([name, item]) => [name, await outward(item)]);
  return Object.fromEntries(await Promise.all(pairs));
}

/* The body of an error; where a download was asked for, the SDK hands it on unread. */
async function document(data) {
  if (!(data instanceof Readable)) return data && typeof data === 'object' ? data : {};
  const text = (await gathered(data)).toString();
  return text ? JSON.parse(text) : {};
}

async function failure(reason) {
  const inner = reason instanceof TosServerError ? reason : reason && reason.cause;
  if (!(inner instanceof TosServerError)) {
    return { kind: 'client', name: reason && reason.name, message: String(reason && reason.message) };
  }
  const { statusCode, headers, requestId, id2 } = inner;
  const body = await document(inner.data);
  return {
    kind: 'server', status: statusCode, header: headers, request_id: requestId, id2,
    code: inner.code || body.Code, message: inner.message || body.Message, ec: body.EC, resource: body.Resource,
  };
}

async function told(work) {
  try {
    return await outward(await work());
  } catch (reason) {
    throw await failure(reason);
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
