'use strict';
/*
 * The page that an application would write around npm cos-js-sdk-v5 1.10.1: it signs with the SDK's own
 * getAuthorization, by itself or in the callback, and passes the picked file on as a Blob.
 * Law: the SDK is unmodified. A body that comes back is written {size, sha1, text}; an error {status, code, message, requestId}.
 */

const SHOWN_BYTES = 4096;
let client;

function configure(options) {
  const { Callback, SecretId, SecretKey, ...rest } = options;
  const signing = {
    getAuthorization(asked, callback) {
      callback({ Authorization: COS.getAuthorization({ SecretId, SecretKey, ...asked }) });
    },
  };
  client = new COS({ ...rest, ...(Callback ? signing : { SecretId, SecretKey }) });
}

async function digest(blob) {
  const bytes = await blob.arrayBuffer();
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-1', bytes));
  const sha1 = Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { size: bytes.byteLength, sha1, text: new TextDecoder().decode(bytes.slice(0, SHOWN_BYTES)) };
}

function failure(error) {
  const { statusCode, code, message, RequestId } = error || {};
  return { status: statusCode || 0, code, message, requestId: RequestId };
}

/* `getObjectUrl` gives one URL at once and one through its callback. */
function url(params) {
  return new Promise((resolve, reject) => {
    let direct = null; // the callback may come before the return
    direct = client.getObjectUrl(params, (error, data) => setTimeout(() => (error ? reject(error) : resolve({ direct, later: data.Url }))));
  });
}

async function perform(name, params) {
  if (name === 'url') return url(params);
  if (name === 'offset') return client.options.SystemClockOffset;
  const picked = params && params.Body === 'the picked file';
  const sent = picked ? { ...params, Body: document.querySelector('#pick').files[0] } : params;
  const value = await client[name](sent);
  return value && value.Body instanceof Blob ? { ...value, Body: await digest(value.Body) } : value;
}

function call(name, [params]) {
  return perform(name, params).then((value) => ({ value: value === undefined ? null : value }), (error) => ({ error: failure(error) }));
}

/* What any script of the page can do with a URL. */
async function get(address, headers) {
  const reply = await fetch(address, { headers });
  return { value: { status: reply.status, type: reply.headers.get('content-type'), ...(await digest(await reply.blob())) } };
}
