// Every adapter gives the same answer to the same request, whatever server it stands in.
import assert from 'node:assert/strict'
import { request as httpRequest, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { McpServer as McpServerOne } from '@modelcontextprotocol/sdk/server/mcp.js'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import express from 'express'
import { Hono } from 'hono'
import { createLocalJWKSet } from 'jose'
import { protectResource } from '../resource.ts'
import { listen, makeKey, NOW, RESOURCE, signToken } from '../testing/issuer.ts'
import { protect } from './express.ts'
import { protectFetch } from './fetch.ts'
import { protect as protectHono } from './hono.ts'
import { protectMcp } from './mcp.ts'
import { protectMcp as protectMcpOne } from './mcp-v1.ts'

const ISSUER = 'https://login.example'
const [key, other] = await Promise.all([makeKey('now'), makeKey('now')])
const guard = protectResource({
  resource: RESOURCE,
  authorizationServers: [ISSUER],
  scopes: { 'notes:read': 'Read', 'notes:write': 'Write' },
  requiredScopes: ['notes:read'],
  tools: { add_note: ['notes:write'] },
  keys: () => createLocalJWKSet({ keys: [key.jwk] }),
  now: () => NOW,
  onRefusal: () => undefined,
})

const hono = new Hono().use(protectHono(guard)).all('/mcp', (context) => context.body(null, 200))
const ADAPTERS: Readonly<Record<string, RequestListener>> = {
  'plain node:http': (request, response) =>
    protect(guard)(request, response, (error) => response.writeHead(error === undefined ? 200 : 500).end()),
  Express: express()
    .use(protect(guard))
    .all('/mcp', (_, response) => void response.end()),
  'Express after a body parser': express()
    .use(express.text({ type: 'application/json', limit: '9mb' }), protect(guard))
    .all('/mcp', (_, response) => void response.end()),
  'a Web fetch handler': toNodeHandler({ fetch: protectFetch(guard, () => new Response()) }),
  Hono: toNodeHandler({ fetch: async (request) => hono.fetch(request) }),
  'SDK v2': toNodeHandler(
    protectMcp(
      guard,
      createMcpHandler(() => {
        const server = new McpServer({ name: 'notes', version: '1.0.0' })
        server.registerTool('add_note', {}, () => ({ content: [] }))
        return server
      }),
    ),
  ),
  'SDK v1': express().use(
    protectMcpOne(guard, () => {
      const server = new McpServerOne({ name: 'notes', version: '1.0.0' })
      server.registerTool('add_note', {}, () => ({ content: [] }))
      return server
    }),
  ),
}

const origins = new Map<string, string>()
for (const [name, listener] of Object.entries(ADAPTERS)) {
  const { origin, close } = await listen(listener)
  after(close)
  origins.set(name, origin)
}

interface Asked {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Buffer
}

interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

function ask(origin: string, { method = 'POST', path = '/mcp', headers = {}, body }: Asked): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${origin}${path}`, { method, agent: false }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(pieces).toString(),
        }),
      )
    })
    for (const [name, value] of Object.entries(headers)) sent.setHeader(name, value)
    sent.on('error', reject).end(body)
  })
}

const JSON_TYPE = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
const CALL = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add_note","arguments":{}}}'
const tokenOf = (claims: object = {}, signer = key) => signToken(signer, ISSUER, { claims: { ...claims } })
const reading = await tokenOf()
const writing = await tokenOf({ scope: 'notes:read notes:write' })
const as = (authorization: string | readonly string[], more: Readonly<Record<string, string>> = {}): Asked => ({
  headers: { ...JSON_TYPE, authorization, ...more },
  body: CALL,
})

/** A Web `Request` has one header of each name: which of two it has, was decided before it was made. */
const OF_WEB = ['a Web fetch handler', 'Hono', 'SDK v2']
/** What the parser made of it is what the handler gets, and what the guard judged. */
const OF_PARSER = ['Express after a body parser']

/** What is asked, the status of the answer, and the adapters to which it does not come like this. */
const ASKED: readonly (readonly [string, number, Asked, (readonly string[])?])[] = [
  ['a call with a good token', 200, as(`Bearer ${writing}`)],
  ['a scheme in other letters', 200, as(`bEARER ${writing}`)],
  ['a call with nothing', 401, { headers: JSON_TYPE, body: CALL }],
  ['a look with nothing', 401, { method: 'GET' }],
  ['HEAD with nothing', 401, { method: 'HEAD' }],
  ['a method that nobody knows', 401, { method: 'PROPFIND' }],
  ['a scheme without a token', 400, as('Bearer')],
  ['another scheme', 401, as('Basic YTpi')],
  ['two tokens in one header', 400, as(`Bearer ${writing}, Bearer ${writing}`)],
  ['two headers', 400, as([`Bearer ${writing}`, `Bearer ${writing}`]), OF_WEB],
  ['what is no token', 401, as('Bearer x.y.z')],
  ['a token that is too long', 401, as(`Bearer ${'x'.repeat(9000)}`)],
  ['a token of another key', 401, as(`Bearer ${await tokenOf({}, other)}`)],
  ['a token that has expired', 401, as(`Bearer ${await tokenOf({ exp: NOW - 60 })}`)],
  ['a token for another server', 401, as(`Bearer ${await tokenOf({ aud: 'https://files.example/mcp' })}`)],
  ['a token in the address', 401, { path: `/mcp?access_token=${writing}`, headers: JSON_TYPE, body: CALL }],
  ['a call beyond the token', 403, as(`Bearer ${reading}`)],
  ['a token without what all need', 403, as(`Bearer ${await tokenOf({ scope: 'notes:write' })}`)],
  [
    'a body in another charset',
    415,
    as(`Bearer ${writing}`, { 'content-type': 'application/json; charset=utf-16le' }),
    OF_PARSER,
  ],
  [
    'a body that is compressed',
    415,
    { ...as(`Bearer ${writing}`, { 'content-encoding': 'gzip' }), body: gzipSync(CALL) },
    OF_PARSER,
  ],
  [
    'a preflight',
    204,
    { method: 'OPTIONS', headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' } },
  ],
  ['the metadata', 200, { method: 'GET', path: '/.well-known/oauth-protected-resource/mcp' }],
]

/** What of a refusal, a preflight or the metadata has to be the same; what a handler answers is its own. */
const told = ({ status, headers, text }: Answered, isOfHandler: boolean) => ({
  status,
  challenge: headers['www-authenticate'],
  origin: headers['access-control-allow-origin'],
  exposed: headers['access-control-expose-headers'],
  allowed: [headers['access-control-allow-methods'], headers['access-control-allow-headers']],
  ...(isOfHandler ? {} : { type: headers['content-type'], cache: headers['cache-control'], text }),
})

for (const [what, status, asked, without = []] of ASKED) {
  test(`${what} is answered with ${status}, and alike by every adapter`, async () => {
    const isOfHandler = status === 200 && asked.path === undefined
    let first: ReturnType<typeof told> | undefined
    for (const [name, origin] of origins) {
      if (without.includes(name)) continue
      const answered = told(await ask(origin, asked), isOfHandler)
      assert.equal(answered.status, status, `${name}: ${JSON.stringify(answered)}`)
      first ??= answered
      assert.deepEqual(answered, first, name)
    }
  })
}
