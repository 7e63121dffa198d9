#!/usr/bin/env node
// A validating proxy between a client and any GitHub, real or fake.
// usage: node contract-proxy.mjs --port 0 --upstream http://127.0.0.1:4000 [--lenient] [--check-responses] [--log f.ndjson]
// A request that breaks GitHub's own description is answered 599 (never forwarded). GET /__contract/report shows operations seen and violations.
import http from 'http'; import fs from 'fs'; import { pathToFileURL } from 'url';
import { checkRequest, checkResponse } from './contract.mjs';

/** Starts the proxy on loopback. `upstream` is a function, so that it may become known after the proxy's own address is. `fill` answers what upstream cannot: it is given the operation and the body, and gives JSON or nothing. */
export async function startProxy({ port = 0, upstream, lenient = false, checkResponses = false, log, fill }) {
  const report = { requests: 0, rejected: 0, operations: {}, violations: [], responseProblems: {} };
  const server = http.createServer((q, s) => {
    const chunks = []; q.on('data', c => chunks.push(c)); q.on('end', () => {
      const raw = Buffer.concat(chunks), u = new URL(q.url, 'http://x');
      if (u.pathname === '/__contract/report') { s.setHeader('content-type', 'application/json'); return s.end(JSON.stringify(report, null, 1)); }
      let body; const errors = []; if (raw.length) try { body = JSON.parse(raw); } catch { errors.push('body: not JSON'); }
      const c = checkRequest({ method: q.method, path: u.pathname.replace(/^\/api\/v3/, ''), query: u.searchParams, headers: q.headers, body }, { strict: !lenient });
      errors.push(...c.errors); report.requests++; if (c.op) report.operations[c.op] = (report.operations[c.op] || 0) + 1;
      if (log) fs.appendFileSync(log, JSON.stringify({ m: q.method, u: q.url, op: c.op, errors }) + '\n');
      if (errors.length) {
        report.rejected++; report.violations.push({ request: q.method + ' ' + q.url, op: c.op, errors });
        s.writeHead(599, { 'content-type': 'application/problem+json' });
        return s.end(JSON.stringify({ title: 'contract violation', op: c.op, errors }));
      }
      const filled = fill?.(c.op, body); if (filled) { s.setHeader('content-type', 'application/json'); return s.end(JSON.stringify(filled)); }
      const up = new URL(upstream());
      const r = http.request({ host: up.hostname, port: up.port, method: q.method, path: q.url, headers: q.headers }, x => {
        const rc = []; x.on('data', d => rc.push(d)); x.on('end', () => {
          const b = Buffer.concat(rc); let j; if (/json/.test(x.headers['content-type'] || '')) try { j = JSON.parse(b); } catch { /* judged below as absent */ }
          if (checkResponses && c.op !== 'graphql') {
            const p = checkResponse(c.op, x.statusCode, j);
            if (p.length) report.responseProblems[c.op] = [...new Set([...(report.responseProblems[c.op] || []), ...p])].slice(0, 8);
          }
          s.writeHead(x.statusCode, x.headers); s.end(b);
        });
      });
      r.on('error', e => { s.writeHead(502); s.end(String(e)); }); r.end(raw);
    });
  });
  await new Promise((ok, no) => { server.once('error', no); server.listen(port, '127.0.0.1', ok); });
  return { url: `http://127.0.0.1:${server.address().port}`, report, server };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const a = process.argv.slice(2), opt = (n, d) => { const i = a.indexOf('--' + n); return i < 0 ? d : (a[i + 1] && !a[i + 1].startsWith('--') ? a[i + 1] : true); };
  const up = opt('upstream', 'http://127.0.0.1:4000');
  const p = await startProxy({ port: +opt('port', 4100), upstream: () => up, lenient: !!opt('lenient'), checkResponses: !!opt('check-responses'), log: opt('log') });
  console.log(JSON.stringify({ url: p.url, upstream: up }));
  if (opt('until-eof')) process.stdin.on('end', () => process.exit()).resume();
}
