import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { protectResource } from '@doorward/resource'
import { createRemoteJWKSet } from 'jose'
import { databaseBytes, rowsOf, storm } from './database.ts'
import { type Load, measure, measureByTurns, residentMegabytes, type Send, sender, startPinned } from './load.ts'
import { type Row, tableOf } from './report.ts'

const SCALE = Number(process.env.BENCH_SCALE ?? 1)
const CALLERS = 32
const MAIN = new URL('../packages/doorward/bin/doorward.js', import.meta.url).pathname
const BARE = new URL('./bare.ts', import.meta.url).pathname
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const JSON_TYPE = { 'content-type': 'application/json' }
const VERIFIER = 'v'.repeat(64)
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
/** Of one application, besides those that are measured. */
const REPEATS = Number(process.env.BENCH_REPEATS ?? 100_000)
const REDIRECT = 'http://127.0.0.1:1/callback'

const times = (count: number): number => Math.max(50, Math.round(count * SCALE))
const say = (line: string): void => void process.stderr.write(`${line}\n`)

interface Ready {
  readonly issuer: string
  readonly mcp: string
  readonly operator: { readonly email: string; readonly password: string }
  readonly database: string
}

interface Ceiling {
  readonly name: string
  readonly load: Load
}

type MakeRow = (name: string, operations: number, operation: Load['operation'], ceiling: Ceiling) => Promise<Row>

const folder = mkdtempSync(join(tmpdir(), 'doorward-bench-'))
try {
  await bench()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function bench(): Promise<void> {
  say(
    `Node ${process.version} on ${cpus()[0]?.model ?? 'unknown'}, one core, ${CALLERS} callers. Each load takes turns with its ceiling.`,
  )
  const bare = await startPinned<{ port: number }>([process.execPath, BARE, join(folder, 'bare.sqlite')])
  const bareSend = sender(`http://127.0.0.1:${bare.ready.port}`, CALLERS)
  const bareId = bare.process.pid as number
  const ceiling = (name: string, operation: Load['operation']): Ceiling => ({
    name,
    load: { pid: bareId, callers: CALLERS, operation },
  })
  const http = ceiling('HTTP', async () => expect(await bareSend('GET', '/http')))
  const posted = ceiling('HTTP POST', async () =>
    expect(await bareSend('POST', '/http', registration('Bench'), JSON_TYPE)),
  )
  const shared = ceiling('commit', async () => expect(await bareSend('GET', '/commit')))
  const unavoidable = ceiling('sign + commit', async (caller) =>
    expect(await bareSend('POST', '/refresh', `grant=g${caller}`, FORM)),
  )
  const starts: number[] = []
  for (let i = 0; i < 5; i++) {
    const started = await startPinned<Ready>([MAIN, 'dev', '--json'], {
      cwd: folder,
      env: { DOORWARD_PORT: '0' },
    })
    starts.push(started.startMilliseconds)
    const ended = once(started.process, 'exit')
    started.process.kill()
    await ended
  }
  const door = await startPinned<Ready>([MAIN, 'dev', '--json'], { cwd: folder, env: { DOORWARD_PORT: '0' } })
  const pid = door.process.pid as number
  const send = sender(door.ready.issuer.replace('localhost', '127.0.0.1'), CALLERS)
  const rows: Row[] = []
  const row: MakeRow = async (name, operations, operation, { name: ceilingName, load }) => {
    const [measured, bound] = await measureByTurns([{ pid, callers: CALLERS, operation }, load], times(operations))
    if (measured === undefined || bound === undefined) throw new Error('Two loads give two figures')
    const made = { name, measured, ceilingName, ceiling: bound }
    rows.push(made)
    say(`  ${name}: ${measured.perSecond.toFixed(0)} per second, then ${residentMegabytes(pid).toFixed(0)} MB resident`)
    return made
  }
  const database = join(folder, door.ready.database)

  await row('discovery', 10_000, async () => expect(await send('GET', '/.well-known/oauth-authorization-server')), http)
  await row('JWKS', 10_000, async () => expect(await send('GET', '/jwks')), http)

  const client = (
    JSON.parse((await send('POST', '/register', registration('Bench'), JSON_TYPE)).body) as { client_id: string }
  ).client_id
  const size = () => databaseBytes(database)
  const before = size()
  const register = async () => expect(await send('POST', '/register', registration('Bench'), JSON_TYPE), 201)
  const repeated = await row('registration, repeated', 10_000, register, posted)
  await measure({ pid, callers: CALLERS, operation: register }, times(REPEATS))
  const afterSame = size()
  let serial = 0
  await row(
    'registration, new',
    10_000,
    async () => expect(await send('POST', '/register', registration(`Bench ${++serial}`), JSON_TYPE), 201),
    shared,
  )
  const perDistinct = ((size() - afterSame) / serial) * 10_000

  await authorizations(send, client, row, http)
  const session = await signIn(send, client, door.ready)
  const { tokens, refresh } = await rotation(send, client, session)
  const rotations = await row('refresh rotation', 20_000, refresh, unavoidable)
  await row(
    'code flow, signed in',
    2_000,
    async () => {
      await codeFlow(send, client, session)
    },
    unavoidable,
  )

  const list = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} })
  const headers = {
    ...JSON_TYPE,
    accept: 'application/json, text/event-stream',
    authorization: `Bearer ${tokens[0]?.access_token}`,
  }
  await row('gateway, tools/list', 3_000, async () => expect(await send('POST', '/mcp', list, headers)), http)

  const guard = protectResource({
    resource: door.ready.mcp,
    authorizationServers: [door.ready.issuer],
    keys: () => createRemoteJWKSet(new URL(`${door.ready.issuer}/jwks`)),
  })
  const authorization = `Bearer ${tokens[0]?.access_token}`
  await guard.verify(authorization)
  const verification = await measure(
    { pid: process.pid, callers: 1, operation: async () => void (await guard.verify(authorization)) },
    times(5_000),
  )
  bare.process.kill()
  const ended = once(door.process, 'exit')
  door.process.kill()
  await ended

  process.stdout.write(`\n${tableOf(rows)}\n\n`)
  process.stdout.write(`resource verification, warm   ${verification.cpuMilliseconds.toFixed(3)} ms CPU each\n`)
  process.stdout.write(
    `cold start                    ${Math.min(...starts).toFixed(0)} ms best, ${starts.sort((a, b) => a - b)[2]?.toFixed(0)} ms median (aim: 300)\n`,
  )
  process.stdout.write(
    `resident after ${times(100_000)} rotations  ${(await residentAfterRotations()).toFixed(0)} MB (aim: 120)\n`,
  )
  const ofCeiling = (repeated.measured.perSecond / repeated.ceiling.perSecond) * 100
  process.stdout.write(
    `registration, repeated        ${ofCeiling.toFixed(0)} % of what a bare HTTP POST reaches (aim: 70)\n`,
  )
  process.stdout.write(
    `${times(REPEATS) + times(10_000)} repeated registrations of one application add ${rowsOf(database, 'Bench')} row and ${afterSame - before} bytes (aim: 1 row in all)\n`,
  )
  process.stdout.write(`${await storm(folder, times(100_000))}\n`)
  process.stdout.write(`10,000 distinct registrations take ${(perDistinct / 1024).toFixed(0)} KiB\n`)
  process.stdout.write(
    `refresh rotation: ${(rotations.measured.cpuMilliseconds / rotations.ceiling.cpuMilliseconds).toFixed(2)} times the CPU of the unavoidable work (aim: 2)\n`,
  )
}

/** Each caller refreshes its own grant, over and over. */
async function rotation(
  send: Send,
  client: string,
  session: string,
): Promise<{ tokens: readonly Tokens[]; refresh: Load['operation'] }> {
  const tokens = await Promise.all(Array.from({ length: CALLERS }, () => codeFlow(send, client, session)))
  const refresh = async (caller: number): Promise<void> => {
    const form = `grant_type=refresh_token&client_id=${client}&refresh_token=${tokens[caller]?.refresh_token}`
    const answer = await send('POST', '/token', form, FORM)
    expect(answer)
    tokens[caller] = JSON.parse(answer.body) as Tokens
  }
  return { tokens, refresh }
}

/** In a process that did nothing else. */
async function residentAfterRotations(): Promise<number> {
  const cwd = join(folder, 'rotations')
  mkdirSync(cwd)
  const door = await startPinned<Ready>([MAIN, 'dev', '--json'], { cwd, env: { DOORWARD_PORT: '0' } })
  const send = sender(door.ready.issuer.replace('localhost', '127.0.0.1'), CALLERS)
  const registered = await send('POST', '/register', registration('Bench'), JSON_TYPE)
  const { client_id } = JSON.parse(registered.body) as { client_id: string }
  const pid = door.process.pid as number
  const { refresh } = await rotation(send, client_id, await signIn(send, client_id, door.ready))
  await measure({ pid, callers: CALLERS, operation: refresh }, times(100_000))
  const resident = residentMegabytes(pid)
  door.process.kill()
  return resident
}

function registration(name: string): string {
  return JSON.stringify({ redirect_uris: [REDIRECT], client_name: name, token_endpoint_auth_method: 'none' })
}

/** A request that ends at the sign-in page: of a registered client, and of one that is known by its document alone. */
async function authorizations(send: Send, client: string, row: MakeRow, http: Ceiling): Promise<void> {
  let fetched = 0
  const web = createServer((_, response) => {
    fetched++
    const document = { client_id: id, client_name: 'Bench document', redirect_uris: [REDIRECT] }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document))
  }).listen(0, '127.0.0.1')
  await once(web, 'listening')
  const id = `http://localhost:${(web.address() as AddressInfo).port}/client.json`
  for (const [name, clientId] of [
    ['authorize, registered', client],
    ['authorize, document', id],
  ] as const) {
    const path = authorizePath(clientId)
    await row(name, 5_000, async () => expect(await send('GET', path), 303), http)
  }
  web.close().closeAllConnections()
  say(`  the document was fetched ${fetched} time(s)`)
}

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

async function signIn(send: Send, client: string, { operator }: Ready): Promise<string> {
  const cookies = new Map<string, string>()
  const keep = (list: string[]) => {
    for (const cookie of list) {
      const [pair = ''] = cookie.split(';')
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
  }
  const jar = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const asked = await send('GET', authorizePath(client))
  keep(asked.cookies)
  const request = new URL(asked.location ?? '').searchParams.get('request') ?? ''
  const signed = await send('POST', '/sign-in', new URLSearchParams({ request, ...operator }).toString(), {
    ...FORM,
    cookie: jar(),
  })
  keep(signed.cookies)
  return jar()
}

/** Authorize, consent page, consent, token: four exchanges, one grant, one code, one pair of tokens. */
async function codeFlow(send: Send, client: string, cookie: string): Promise<Tokens> {
  const asked = await send('GET', authorizePath(client), undefined, { cookie })
  const location = new URL(asked.location ?? '')
  const page = await send('GET', location.pathname + location.search, undefined, { cookie })
  const request = /name="?request"? value="([^"]+)"/.exec(page.body)?.[1] ?? ''
  const agreed = await send('POST', '/consent', new URLSearchParams({ request, decision: 'approve' }).toString(), {
    ...FORM,
    cookie,
  })
  const code = new URL(agreed.location ?? '').searchParams.get('code') ?? ''
  const answer = await send(
    'POST',
    '/token',
    new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: client,
      code,
      code_verifier: VERIFIER,
    }).toString(),
    FORM,
  )
  expect(answer)
  return JSON.parse(answer.body) as Tokens
}

function authorizePath(client: string): string {
  const query = {
    response_type: 'code',
    client_id: client,
    redirect_uri: REDIRECT,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    state: 's',
  }
  return `/authorize?${new URLSearchParams(query)}`
}

function expect(answer: { status: number; body: string }, status = 200): void {
  if (answer.status !== status)
    throw new Error(`status ${answer.status} instead of ${status}: ${answer.body.slice(0, 300)}`)
}
