import assert from 'node:assert/strict'
import { test } from 'node:test'
import { discover, type Fetch } from './discover.ts'

const MCP = 'https://h.example/mcp'
const AS = 'https://as.example/t'
const PRM = { resource: MCP, authorization_servers: [AS] }
const AS_METADATA = 'https://as.example/.well-known/oauth-authorization-server/t'
const META = { issuer: AS, code_challenge_methods_supported: ['S256'] }

/** A web of documents by address; everything else is 404. */
function web(documents: Record<string, unknown>, challenge?: string): { fetch: Fetch; asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    fetch: async (request) => {
      asked.push(`${request.method} ${request.url}`)
      if (request.url === MCP)
        return new Response(null, {
          status: 401,
          headers: challenge === undefined ? {} : { 'www-authenticate': challenge },
        })
      const document = documents[request.url]
      return document === undefined
        ? new Response('no', { status: 404 })
        : new Response(typeof document === 'string' ? document : JSON.stringify(document))
    },
  }
}

test('the challenge is asked first, then the well-known addresses in their order [mcp-2026-07-28-c4, mcp-2026-07-28-c6, mcp-2026-07-28-c1, mcp-2026-07-28-c2, mcp-2026-07-28-c5]', async () => {
  const named = web(
    { 'https://h.example/x': PRM, 'https://as.example/t/.well-known/openid-configuration': META },
    'Bearer resource_metadata="https://h.example/x", scope="a b"',
  )
  const found = await discover(MCP, named.fetch)
  assert.equal(found.challengedScope, 'a b')
  assert.deepEqual(named.asked.slice(1), [
    'GET https://h.example/x',
    'GET https://as.example/.well-known/oauth-authorization-server/t',
    'GET https://as.example/.well-known/openid-configuration/t',
    'GET https://as.example/t/.well-known/openid-configuration',
  ])
  const silent = web({
    'https://h.example/.well-known/oauth-protected-resource': PRM,
    'https://as.example/.well-known/oauth-authorization-server/t': META,
  })
  assert.equal((await discover(MCP, silent.fetch)).server.issuer, AS)
  assert.equal(silent.asked[1], 'GET https://h.example/.well-known/oauth-protected-resource/mcp')
})

const WRONG: readonly [string, object, RegExp][] = [
  [
    'metadata of another resource',
    { prm: { ...PRM, resource: 'https://h.example/other' } },
    /it is about https:\/\/h\.example\/other/,
  ],
  ['metadata without a server', { prm: { ...PRM, authorization_servers: [] } }, /names no authorization server/],
  [
    'an issuer that differs by a slash',
    { meta: { ...META, issuer: `${AS}/` } },
    /its issuer is https:\/\/as\.example\/t\/, not/,
  ],
  ['a server without S256', { meta: { issuer: AS } }, /does not offer PKCE with S256/],
  ['metadata that is HTML', { meta: '<html>' }, /did not answer with a JSON object/],
  ['metadata that is nothing', { meta: 'null' }, /did not answer with a JSON object/],
  ['metadata that is a list', { prm: [PRM] }, /did not answer with a JSON object/],
  ['a server that is no address', { prm: { ...PRM, authorization_servers: [7] } }, /names no authorization server/],
  ['servers that are no list', { prm: { ...PRM, authorization_servers: AS } }, /names no authorization server/],
  ['methods that are no list', { meta: { ...META, code_challenge_methods_supported: 256 } }, /does not offer PKCE/],
]
for (const [title, documents, message] of WRONG) {
  test(`${title} is not used [mcp-2026-07-28-c7, mcp-2026-07-28-c30, rfc9728-3.3-client-check]`, async () => {
    const { prm = PRM, meta = META } = documents as { prm?: unknown; meta?: unknown }
    const { fetch } = web({
      'https://h.example/.well-known/oauth-protected-resource/mcp': prm,
      'https://as.example/t/.well-known/oauth-authorization-server': meta,
    })
    await assert.rejects(discover(MCP, fetch), message)
  })
}

test('a challenge that names no address is told as that', async () => {
  const { fetch } = web({}, 'Bearer resource_metadata="/metadata"')
  await assert.rejects(
    discover(MCP, fetch),
    /challenge of https:\/\/h\.example\/mcp names its metadata by "\/metadata"/,
  )
})

test('a server that lets everybody in is told as that', async () => {
  const fetch: Fetch = async ({ method }) => new Response(null, { status: method === 'POST' ? 200 : 405 })
  await assert.rejects(
    discover(MCP, fetch),
    /https:\/\/h\.example\/mcp answered 200 and asked for no token, and https:\/\/h\.example\/\S+ answered 405\.$/,
  )
})

test('an answer without an end is read as far as it may go, and then left', async () => {
  let sent = 0
  let isLeft = false
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      sent += 65_536
      controller.enqueue(new Uint8Array(65_536).fill(0x20))
    },
    cancel: () => {
      isLeft = true
    },
  })
  const fetch: Fetch = async ({ method }) => new Response(method === 'POST' ? null : endless)
  await assert.rejects(
    discover(MCP, fetch),
    /of https:\/\/h\.example\/\.well-known\/oauth-protected-resource\/mcp is larger than 262144 bytes/,
  )
  assert.equal(isLeft, true)
  assert.ok(sent < 1_000_000, `${sent} bytes were sent`)
})

const UNASKABLE: readonly [string, string, string, RegExp][] = [
  [
    'an MCP server that is down',
    MCP,
    'connect ECONNREFUSED 127.0.0.1:9',
    /h\.example\/mcp could not be asked \(connect ECONN/,
  ],
  [
    'metadata that redirects',
    'https://h.example/x',
    'unexpected redirect',
    /h\.example\/x could not be asked \(unexpected/,
  ],
  [
    'an authorization server that is down',
    AS_METADATA,
    'self-signed certificate',
    /server\/t could not be asked \(self-/,
  ],
]
for (const [name, where, why, said] of UNASKABLE) {
  test(`${name} is named by its address, with what stood behind the failure [mcp-2026-07-28-c1]`, async () => {
    const { fetch } = web({ 'https://h.example/x': PRM }, 'Bearer resource_metadata="https://h.example/x"')
    const failing: Fetch = async (request) => {
      // As undici fails.
      if (request.url === where) throw new TypeError('fetch failed', { cause: new Error(why) })
      return await fetch(request)
    }
    await assert.rejects(discover(MCP, failing), said)
  })
}

test('who aborts gets the error of the abortion itself', async () => {
  await assert.rejects(
    discover(MCP, () => Promise.reject(AbortSignal.abort().reason)),
    { name: 'AbortError' },
  )
})

const STILL: readonly (readonly [string, (signal: AbortSignal) => Promise<Response>])[] = [
  [
    'says nothing',
    (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  ],
  [
    'stops in the middle of its answer',
    async (signal) =>
      new Response(
        new ReadableStream({
          start: (controller) => {
            controller.enqueue(Buffer.from('{'))
            signal.addEventListener('abort', () => controller.error(signal.reason))
          },
        }),
      ),
  ],
]
for (const [what, answer] of STILL) {
  test(`a server that ${what} is not waited for, and is named`, async () => {
    const refused = /^Error: Discovery failed: https:\/\/\S+ did not answer in time\.$/
    const attempt = discover(
      MCP,
      ({ url, signal }) => (url === MCP ? Promise.resolve(new Response('', { status: 401 })) : answer(signal)),
      {
        patienceMilliseconds: 5,
      },
    )
    await assert.rejects(attempt, refused)
  })
}
