#!/usr/bin/env node
// A stateful GitHub: npm "emulate" with acme/demo, a GitHub App (id 4242) and its installation 100.
// usage: node sim-emulate.mjs PORT [HOOK_URL] [SECRET] [--state DIR]   -> prints one line of JSON: url, token, app_id, private_key
import crypto from 'crypto'; import fs from 'fs'; import net from 'net'; import os from 'os'; import path from 'path'; import { pathToFileURL } from 'url';

/** Starts the emulator on loopback. State files (app.pem, emulate.json) go to `state`; `baseUrl` is what its answers and links name. */
export async function startEmulator({ port = 0, hook, secret = 's3cret', state, baseUrl }) {
  const { createEmulator } = await import(new URL('./node_modules/emulate/dist/api.js', import.meta.url));
  const { createAppAuth } = await import('@octokit/auth-app'); const { request } = await import('@octokit/request');
  fs.mkdirSync(state, { recursive: true });
  const pem = path.join(state, 'app.pem');
  if (!fs.existsSync(pem)) fs.writeFileSync(pem, crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
  const privateKey = fs.readFileSync(pem, 'utf8');
  // The emulator listens on every interface and cannot be told otherwise; loopback is enough, and port 0 must tell which one it became.
  const listen = net.Server.prototype.listen; let bound;
  net.Server.prototype.listen = function (p, ...rest) { bound = new Promise((ok, no) => { this.once('listening', () => ok(this.address().port)); this.once('error', no); }); return listen.call(this, { port: typeof p === 'object' ? p.port : p, host: '127.0.0.1' }, rest.find(x => typeof x === 'function')); };
  let em; try {
    em = await createEmulator({ service: 'github', port, ...(baseUrl ? { baseUrl } : {}), seed: {
      tokens: { test_token_admin: { login: 'octocat', scopes: ['repo', 'user', 'admin:org', 'admin:repo_hook', 'workflow'] }, test_token_outsider: { login: 'mallory', scopes: ['repo'] } },
      github: {
        users: [{ login: 'octocat' }, { login: 'mallory' }], orgs: [{ login: 'acme', members: [{ login: 'octocat', role: 'admin' }] }],
        repos: [{ owner: 'acme', name: 'demo', auto_init: true }, { owner: 'acme', name: 'secret', private: true, auto_init: true }],
        apps: [{
          app_id: 4242, slug: 'taskbot', name: 'TaskBot', private_key: privateKey, events: ['*'],
          permissions: { contents: 'write', issues: 'write', pull_requests: 'write', checks: 'write', statuses: 'write', actions: 'write', metadata: 'read' },
          ...(hook ? { webhook_url: hook, webhook_secret: secret } : {}),
          installations: [{ installation_id: 100, account: 'acme', repository_selection: 'selected', repositories: ['acme/demo'] }] }] } } });
  } finally { net.Server.prototype.listen = listen; }
  const url = `http://127.0.0.1:${await bound}`;
  const auth = createAppAuth({ appId: 4242, privateKey, request: request.defaults({ baseUrl: url }) });
  const t = await auth({ type: 'installation', installationId: 100 });
  const told = { url, token: t.token, expires_at: t.expiresAt, permissions: t.permissions, app_id: '4242', installation_id: 100, user_token: 'test_token_admin', outsider_token: 'test_token_outsider', private_key: pem };
  fs.writeFileSync(path.join(state, 'emulate.json'), JSON.stringify(told), { mode: 0o600 });
  return told;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const a = process.argv.slice(2), i = a.indexOf('--state'), state = i < 0 ? fs.mkdtempSync(path.join(os.tmpdir(), 'taskbot-contract-')) : a.splice(i, 2)[1];
  console.log(JSON.stringify(await startEmulator({ port: +(a[0] ?? 4000), hook: a[1], secret: a[2], state })));
}
