'use strict';
/*
 * The page that an application would write around npm cos-js-sdk-v4 1.2.1: it signs in the browser with the
 * SDK's own copy of CryptoJS, by the formula of the SDK's demo, and turns callbacks into promises.
 * Law: the SDK is unmodified; only its documented options and its URL template are set.
 */

let cos;
let account;

function signature(expires, path) {
  const now = Math.floor(Date.now() / 1000);
  const random = Math.floor(Math.random() * 2 ** 32);
  const text = `a=${account.appid}&k=${account.keyId}&e=${expires ? now + expires : 0}`
    + `&t=${now}&r=${random}&f=${path}&b=${account.bucket}`;
  const mac = CryptoJS.HmacSHA1(text, account.secret);
  return mac.concat(CryptoJS.enc.Utf8.parse(text)).toString(CryptoJS.enc.Base64);
}

function configure(address, appid, bucket, keyId, secret) {
  account = { appid, bucket, keyId, secret };
  CosCloud.prototype.cosapi_cgi_url = `${address}/files/v2/`;
  cos = new CosCloud({
    appid,
    bucket,
    region: 'sh',
    getAppSign(callback) { callback(signature(600, '')); },
    getAppSignOnce(callback) { callback(signature(0, this.path)); },
  });
}

/* A jqXHR becomes {status, body, requestId}; anything else is passed on. */
function shape(outcome) {
  if (!outcome || typeof outcome.getResponseHeader !== 'function') return outcome === undefined ? null : outcome;
  let body = outcome.responseText === undefined ? null : outcome.responseText;
  try { body = JSON.parse(body); } catch { /* not JSON: the text itself tells more */ }
  return { status: outcome.status, body, requestId: outcome.getResponseHeader('x-cos-request-id') };
}

function settle(resolve, reject) {
  const fail = (outcome) => reject(shape(outcome));
  // uploadFile reports its errors to the success callback: the first argument is then a jqXHR
  const done = (outcome) => (outcome && typeof outcome.getResponseHeader === 'function' ? fail(outcome) : resolve(outcome));
  return [done, fail];
}

function guarded(start) {
  return new Promise(start).then((value) => ({ value }), (error) => ({ error }));
}

function call(name, args) {
  return guarded((resolve, reject) => cos[name](...settle(resolve, reject), account.bucket, ...args));
}

function upload(name, path, ...rest) {
  const file = document.querySelector('#pick').files[0];
  const progress = [];
  return guarded((resolve, reject) => cos[name](
    ...settle((value) => resolve({ ...value, progress }), reject),
    (part) => progress.push(part), account.bucket, path, file, ...rest,
  ));
}

/* What any script of the page can do with a URL that came back. */
async function get(url, headers) {
  const reply = await fetch(url, { headers });
  const bytes = await reply.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-1', bytes));
  return { value: {
    status: reply.status,
    size: bytes.byteLength,
    sha1: Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join(''),
    type: reply.headers.get('content-type'),
  } };
}
