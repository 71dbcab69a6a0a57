'use strict';
/*
 * One call per line: {"method", "args"} comes in, MARK + {"value"} or {"error"} goes out.
 * Law: knows no SDK; anything that an SDK prints by itself lacks the mark and is noise. The first outcome of a
 * call counts: SDKs of this age may call back more than once after a broken connection.
 */
const readline = require('readline');

const MARK = '\x1e';

function plain(reason) {
  if (reason instanceof Error) return { name: reason.name, message: reason.message };
  if (reason && reason.err instanceof Error) return { name: reason.err.name, message: reason.err.message };
  return reason === undefined ? null : reason;
}

function answer(body) {
  process.stdout.write(MARK + JSON.stringify(body) + '\n');
}

async function serve(methods) {
  const lines = readline.createInterface({ input: process.stdin, crlfDelay: Infinity });
  for await (const line of lines) {
    const { method, args } = JSON.parse(line);
    try {
      const value = await methods[method](...args);
      answer({ value: value === undefined ? null : value });
    } catch (reason) {
      answer({ error: plain(reason) });
    }
  }
  process.exit(0);
}

module.exports = { serve };
