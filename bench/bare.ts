// The floor: what cannot be left out. One HTTP exchange; one signature; one durable commit, shared by who waits together.
import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { Pool } from 'undici'

const database = new DatabaseSync(process.argv[2] ?? ':memory:')
database.exec(
  'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE grants (id TEXT PRIMARY KEY, generation INTEGER) WITHOUT ROWID',
)
for (let i = 0; i < 100; i++) database.prepare('INSERT INTO grants VALUES (?, 0)').run(`g${i}`)
const begin = database.prepare('BEGIN IMMEDIATE')
const commit = database.prepare('COMMIT')
const update = database.prepare('UPDATE grants SET generation = generation + 1 WHERE id = ?')
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: 'k' })).toString('base64url')

function token(): string {
  const claims = {
    iss: 'http://localhost',
    sub: 'u',
    aud: 'http://localhost/mcp',
    client_id: 'c',
    scope: 'mcp',
    iat: 1,
    exp: 2,
    jti: randomBytes(16).toString('base64url'),
  }
  const input = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
  return `${input}.${sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

/** A signature of somebody else, as a proof has it or a token that comes back. */
const KNOWN = token()
function isSigned(jwt: string): boolean {
  const end = jwt.lastIndexOf('.')
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
  return verify('sha256', Buffer.from(jwt.slice(0, end)), key, Buffer.from(jwt.slice(end + 1), 'base64url'))
}

let waiting: { id: string; done: () => void }[] = []
function flush(): void {
  const batch = waiting
  waiting = []
  begin.run()
  for (const { id } of batch) update.run(id)
  commit.run()
  for (const { done } of batch) done()
}
function durable(id: string): Promise<void> {
  return new Promise((done) => {
    if (waiting.push({ id, done }) === 1) setImmediate(flush)
  })
}

/** An MCP server that says the same to everything, and a proxy that hands on what it is given. */
const TOOL_ANSWER = { jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: 'A note, and another one.' }] } }
const upstream = process.argv[3] === undefined ? undefined : new Pool(process.argv[3], { connections: 64 })
async function handOn(body: string, response: ServerResponse): Promise<void> {
  if (upstream === undefined) throw new Error('no upstream was named')
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
  const answer = await upstream.request({ method: 'POST', path: '/mcp', body, headers })
  response.writeHead(answer.statusCode, { 'content-type': 'application/json' })
  for await (const piece of answer.body) response.write(piece)
  response.end()
}

const server = createServer((request: IncomingMessage, response: ServerResponse) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => void answer(request.url ?? '/', Buffer.concat(chunks).toString(), response))
})

async function answer(url: string, body: string, response: ServerResponse): Promise<void> {
  const send = (value: unknown) =>
    response
      .writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      .end(JSON.stringify(value))
  if (url === '/http') return void send({ ok: true })
  if (url === '/mcp') return void send(TOOL_ANSWER)
  if (url === '/proxy') return handOn(body, response)
  if (url === '/commit') {
    await durable('g1')
    return void send({ ok: true })
  }
  const form = new URLSearchParams(body)
  if (url === '/sign') return void send({ access_token: token(), token_type: 'Bearer', expires_in: 300, scope: 'mcp' })
  if (url === '/verify' || url === '/bound') {
    if (!isSigned(KNOWN)) throw new Error('a signature of our own is not good')
    if (url === '/verify')
      return void send({ active: true, scope: 'mcp', aud: 'http://localhost/mcp', sub: 'u', exp: 2 })
  }
  const access_token = token()
  await durable(form.get('grant') ?? 'g1')
  send({ access_token, token_type: 'Bearer', expires_in: 300, refresh_token: 'x'.repeat(71), scope: 'mcp' })
}

server.listen(0, '127.0.0.1', () =>
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`),
)
