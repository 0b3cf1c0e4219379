// The router of the MCP SDK v1 with the least provider that does the same work: its demo provider signs nothing and refreshes
// nothing. `node sdk-router.ts [file]`; without a file everything is in maps, as in the demo.
import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { InvalidGrantError } from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { mcpAuthRouter } from '@modelcontextprotocol/sdk/server/auth/router.js'
import express from 'express'

const keep = process.argv[2] === undefined ? inMaps() : inSqlite(process.argv[2])
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const HEADER = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: 'k' })).toString('base64url')

const app = express()
const server = await new Promise((done) => {
  const listening = app.listen(0, '127.0.0.1', () => done(listening))
})
const origin = `http://127.0.0.1:${server.address().port}`
const resource = `${origin}/mcp`
const digest = (text) => createHash('sha256').update(text).digest('base64url')

function tokens(clientId, scope, refreshToken) {
  const iat = Math.floor(Date.now() / 1000)
  const claims = {
    iss: origin,
    sub: 'somebody',
    aud: resource,
    client_id: clientId,
    scope,
    iat,
    exp: iat + 600,
    jti: randomUUID(),
  }
  const input = `${HEADER}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
  const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  const access_token = `${input}.${signature.toString('base64url')}`
  return { access_token, token_type: 'bearer', expires_in: 600, scope, refresh_token: refreshToken }
}

const pending = new Map()
const escaped = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)
app.get('/consent', ({ query }, response) => {
  const asked = pending.get(query.request)
  if (asked === undefined) return void response.status(404).end()
  response
    .type('html')
    .send(`<!doctype html><title>consent</title><h1>${escaped(asked.clientId)} asks for ${escaped(asked.scopes)}</h1>
<form method="post"><input type="hidden" name="request" value="${escaped(query.request)}"><button>Allow</button></form>`)
})
app.post('/consent', express.urlencoded({ extended: false }), async ({ body }, response) => {
  const { clientId, codeChallenge, redirectUri, state, scopes = ['mcp'] } = pending.get(body.request)
  pending.delete(body.request)
  const code = randomUUID()
  await keep.put('code', digest(code), { clientId, codeChallenge, scope: scopes.join(' ') })
  const target = new URL(redirectUri)
  target.searchParams.set('code', code)
  if (state !== undefined) target.searchParams.set('state', state)
  response.redirect(target.href)
})

const provider = {
  clientsStore: {
    getClient: (id) => keep.find('client', id),
    registerClient: async (client) => {
      await keep.put('client', client.client_id, client)
      return client
    },
  },
  // The demo asks nobody; here there is a page and an answer, as everywhere else in the benchmark.
  authorize: async (client, params, response) => {
    const request = randomUUID()
    pending.set(request, { clientId: client.client_id, ...params })
    response.redirect(`/consent?request=${request}`)
  },
  challengeForAuthorizationCode: async (_client, code) => {
    const known = keep.find('code', digest(code))
    if (known === undefined) throw new InvalidGrantError('The code is not known')
    return known.codeChallenge
  },
  exchangeAuthorizationCode: (client, code) => turn(client, 'code', code),
  exchangeRefreshToken: (client, token) => turn(client, 'refresh', token),
  verifyAccessToken: () => Promise.reject(new Error('The router never asks')),
}

/** What is presented is used up with what replaces it. */
async function turn(client, kind, presented) {
  const known = keep.find(kind, digest(presented))
  if (known === undefined || known.clientId !== client.client_id) throw new InvalidGrantError('It is not known')
  const next = randomUUID()
  const answer = tokens(client.client_id, known.scope, next)
  await keep.replace(kind, digest(presented), digest(next), { clientId: client.client_id, scope: known.scope })
  return answer
}

function inMaps() {
  const all = new Map()
  return {
    find: (kind, key) => all.get(`${kind} ${key}`),
    put: async (kind, key, value) => void all.set(`${kind} ${key}`, value),
    replace: async (kind, old, key, value) => {
      all.delete(`${kind} ${old}`)
      all.set(`refresh ${key}`, value)
    },
  }
}

/** WAL, synchronous=FULL, and what is written in one turn of the loop shares a commit, as in Doorward. */
function inSqlite(path) {
  const database = new DatabaseSync(path)
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE kept (key TEXT PRIMARY KEY, value TEXT NOT NULL)',
  )
  const [begin, commit] = [database.prepare('BEGIN IMMEDIATE'), database.prepare('COMMIT')]
  const get = database.prepare('SELECT value FROM kept WHERE key = ?')
  const insert = database.prepare('INSERT INTO kept VALUES (?, ?)')
  const remove = database.prepare('DELETE FROM kept WHERE key = ?')
  let waiting = []
  function flush() {
    const batch = waiting
    waiting = []
    begin.run()
    for (const { work } of batch) work()
    commit.run()
    for (const { done } of batch) done()
  }
  const durable = (work) =>
    new Promise((done) => {
      if (waiting.push({ work, done }) === 1) setImmediate(flush)
    })
  return {
    find: (kind, key) => {
      const row = get.get(`${kind} ${key}`)
      return row && JSON.parse(row.value)
    },
    put: (kind, key, value) => durable(() => insert.run(`${kind} ${key}`, JSON.stringify(value))),
    replace: (kind, old, key, value) =>
      durable(() => {
        remove.run(`${kind} ${old}`)
        insert.run(`refresh ${key}`, JSON.stringify(value))
      }),
  }
}

// Its limits are per address, and all callers of a benchmark share one.
app.use(
  mcpAuthRouter({
    provider,
    issuerUrl: new URL(origin),
    scopesSupported: ['mcp'],
    authorizationOptions: { rateLimit: false },
    tokenOptions: { rateLimit: false },
    clientRegistrationOptions: { rateLimit: false },
  }),
)
process.stdout.write(`${JSON.stringify({ origin, resource })}\n`)
