// Probot as its documentation starts it, with one handler; the second argument makes each delivery durable before it is answered.
// usage: node probot.mjs SECRET [DATABASE] ; prints its port
import { createServer } from 'http'; import { generateKeyPairSync } from 'crypto';
import { createRequire } from 'module'; import { pathToFileURL } from 'url';
const require = createRequire(process.cwd() + '/'); const { createNodeMiddleware, createProbot } = await import(pathToFileURL(require.resolve('probot')));
const [secret, file] = process.argv.slice(2);
let keep = () => {};
if (file) {
  const database = new (require('better-sqlite3'))(file);
  database.pragma('journal_mode = WAL'); database.pragma('synchronous = FULL');
  database.exec('CREATE TABLE delivery (id TEXT PRIMARY KEY, event TEXT, body TEXT)');
  const insert = database.prepare('INSERT OR IGNORE INTO delivery VALUES (?, ?, ?)');
  keep = (id, name, payload) => insert.run(id, name, JSON.stringify(payload));
}
const privateKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' });
const probot = createProbot({ overrides: { appId: 1, privateKey, secret, logLevel: 'fatal' } });
const middleware = await createNodeMiddleware(app => app.onAny(context => keep(context.id, context.name, context.payload)), { probot, webhooksPath: '/webhooks/github' });
createServer((request, response) => middleware(request, response, () => response.writeHead(404).end())).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
process.stdin.on('end', () => process.exit()).resume();
