#!/usr/bin/env node
// The emulator behind the validating proxy, in one process, on free loopback ports.
// usage: node kit.mjs --state DIR [--hook URL] [--secret S] [--check-responses] [--log f.ndjson]
// Prints one line of JSON when both answer; ends when its standard input ends, so that it never outlives the tests that started it.
import { startProxy } from './contract-proxy.mjs'; import { startEmulator } from './sim-emulate.mjs';
const a = process.argv.slice(2), opt = n => { const i = a.indexOf('--' + n); return i < 0 ? undefined : (a[i + 1] && !a[i + 1].startsWith('--') ? a[i + 1] : true); };
// The emulator has no GraphQL; who a token of the App writes as is asked there. 5 is the id that it gives the App's bot in this seed.
const fill = (op, body) => op === 'graphql' && /\{ viewer /.test(body?.query) ? { data: { viewer: { login: 'taskbot[bot]', databaseId: 5 } } } : undefined;
let upstream; const proxy = await startProxy({ upstream: () => upstream, checkResponses: !!opt('check-responses'), log: opt('log'), fill });
const emulator = await startEmulator({ state: opt('state'), hook: opt('hook'), secret: opt('secret'), baseUrl: proxy.url });
upstream = emulator.url;
console.log(JSON.stringify({ ...emulator, url: proxy.url, upstream }));
process.stdin.on('end', () => process.exit()).resume();
