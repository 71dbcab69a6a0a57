'use strict';
/* Mint vectors with the STS client of npm ali-oss, unmodified, its clock held still: node tests/vectors/acs_rpc/mint_node.js */
const path = require('path');
const { MODULES, ledHere, record, sentWhole } = require('../node_capture');

Math.random = () => 0.123456789;
const folder = path.join(MODULES, 'aliyun', 'node_modules', 'ali-oss');
const OSS = require(folder);
const { version } = require(path.join(folder, 'package.json'));

const KEY_ID = 'entrepot-dev-id';
const SECRET = 'entrepot/dev+secret';

ledHere(async () => {
  const sts = new OSS.STS({ accessKeyId: KEY_ID, accessKeySecret: SECRET, endpoint: 'http://127.0.0.1:9400' });
  const policy = { Version: '1', Statement: [{ Effect: 'Allow', Action: ['oss:PutObject'], Resource: ["acs:oss:*:*:demo/a !'()~/*"] }] };
  const call = () => sts.assumeRole('acs:ram::100000000001:role/uploader', policy, 900, 'bob');
  const facts = { keyId: KEY_ID, secret: SECRET, mintedWith: `npm ali-oss ${version}`, bucket: null };
  record('acs_rpc', 'ali_oss_assume_role', { ...facts, request: await sentWhole(call), call: 'STS.assumeRole' });
});
