// A server moves to another database and back, killed on the way, and a backup is brought back: what people and clients notice of it.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { Client } from 'pg'
import type { Browser, Page } from 'playwright-core'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { startPostgres, type TestPostgres } from '../packages/doorward/src/testing/postgres.ts'
import { openFile } from './database-file.ts'
import { type Doorward, MAIN, makeFolder, runDoorward, startDoorward, waitFor } from './doorward.ts'
import { decide, launchChromium, PlainBrowser } from './person.ts'

const VERIFIER = 'm'.repeat(64)
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
const REDIRECT = 'http://127.0.0.1:4400/callback'
const RESOURCE = 'https://notes.example/mcp'
const OPERATOR = { email: 'ada@example.com', password: 'correct horse battery' }
const EVENTS = 30_000
const KILLS = 4

let postgres: TestPostgres
let chromium: Browser
before(async () => {
  postgres = await startPostgres()
  chromium = await launchChromium()
})
after(async () => {
  await chromium?.close()
  await postgres?.stop()
})

interface World {
  readonly folder: string
  readonly issuer: string
  readonly client: string
  readonly browser: PlainBrowser
  readonly serve: (env?: Record<string, string>) => Promise<Doorward>
  readonly end: () => void
}

/** A folder with a config file, a server on SQLite that ran once, a person and a client. */
async function makeWorld(): Promise<World> {
  const folder = makeFolder()
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const resource = { name: 'Notes', resource: RESOURCE, scopes: { read: 'Read your notes' } }
  writeFileSync(
    join(folder, 'doorward.config.json'),
    JSON.stringify({ issuer, port, resources: [resource], policy: { preset: 'zero-touch' } }),
  )
  const serve = (env: Record<string, string> = {}) =>
    startDoorward(['serve'], { folder, keep: true, env: { DOORWARD_PORT: String(port), ...env } })
  const door = await serve()
  const added = await runDoorward(['user', 'add', OPERATOR.email, '--operator', '--password-stdin'], {
    folder,
    input: OPERATOR.password,
  })
  assert.equal(added.status, 0, added.err)
  const response = await fetch(`${issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' }),
  })
  const { client_id: client } = (await response.json()) as { client_id: string }
  await door.stop()
  const end = () => rmSync(folder, { recursive: true, force: true })
  return { folder, issuer, client, browser: new PlainBrowser(), serve, end }
}

type Tokens = Readonly<Record<string, string>>

async function ask({ issuer, client }: World, path: string, form: Record<string, string>) {
  const body = new URLSearchParams({ ...form, client_id: client })
  const response = await fetch(`${issuer}${path}`, { method: 'POST', body })
  const text = await response.text()
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Tokens }
}

const refresh = (world: World, { refresh_token = '' }: Tokens) =>
  ask(world, '/token', { grant_type: 'refresh_token', refresh_token })

async function connect(world: World, browser = world.browser): Promise<Tokens> {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: world.client,
    redirect_uri: REDIRECT,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    resource: RESOURCE,
  })
  const { code } = await decide(`${world.issuer}/authorize?${query}`, OPERATOR, 'approve', browser)
  const { status, body } = await ask(world, '/token', {
    grant_type: 'authorization_code',
    code: code ?? '',
    code_verifier: VERIFIER,
  })
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

async function verifies({ issuer }: World, { access_token = '' }: Tokens): Promise<boolean> {
  const keys = (await (await fetch(`${issuer}/jwks`)).json()) as JSONWebKeySet
  return jwtVerify(access_token, createLocalJWKSet(keys), { issuer }).then(
    () => true,
    () => false,
  )
}

async function isSignedIn({ issuer, browser }: World): Promise<boolean> {
  const { response, url } = await browser.follow(`${issuer}/account`)
  return response.status === 200 && new URL(url).pathname === '/account'
}

/** The page of a browser with an authenticator that is not there, on which a person has added a passkey. */
async function withPasskey({ issuer }: World): Promise<Page> {
  const page = await (await chromium.newContext()).newPage()
  // The authenticator would take what is offered in the field before anybody presses a button.
  await page.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = async () => false')
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  await page.goto(`${issuer}/account/sign-in`)
  await page.fill('input[name=email]', OPERATOR.email)
  await page.fill('input[name=password]', OPERATOR.password)
  await page.locator('input[name=password]').press('Enter')
  await page.waitForURL(`${issuer}/account/sign-in`)
  await page.getByLabel('Name of the new passkey').fill('Laptop')
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByText('Laptop', { exact: true }).first().waitFor()
  return page
}

async function signInByPasskey({ issuer }: World, page: Page): Promise<void> {
  await page.context().clearCookies()
  await page.goto(`${issuer}/sign-in`)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.waitForURL(`${issuer}/`)
}

/** So many that moving them takes a while. */
function addEvents(path: string): void {
  const database = openFile(path)
  database.exec('BEGIN')
  const add = database.prepare(
    "INSERT INTO events (at, type, outcome, reason, detail) VALUES (?, 'x', 'refused', ?, ?)",
  )
  for (let i = 0; i < EVENTS; i++) add.run(i, `r${i}`, 'ä'.repeat(i % 50))
  database.exec('COMMIT')
  database.close()
}

/** Runs a command and kills it, as `kill -9`, as soon as `isTime`. Whether it was still at it. */
async function killed(
  args: readonly string[],
  { folder, env, isTime }: { folder: string; env: Record<string, string>; isTime: () => Promise<boolean> },
): Promise<boolean> {
  const child = spawn(process.execPath, ['--conditions=doorward-source', MAIN, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: 'ignore',
  })
  const gone = once(child, 'exit')
  let isGone = false
  void gone.then(() => {
    isGone = true
  })
  await waitFor(async () => isGone || (await isTime().catch(() => false)), 2000)
  child.kill('SIGKILL')
  await gone
  return child.signalCode === 'SIGKILL'
}

/** The one number that a query on PostgreSQL answers with. */
async function numberOf(location: string, query: string): Promise<number> {
  const client = new Client({ connectionString: location })
  await client.connect()
  try {
    return Number((await client.query(`SELECT (${query}) AS n`)).rows[0].n)
  } finally {
    await client.end()
  }
}

/** How many rows have arrived, on either side, while it is being filled. */
const arrived = {
  postgres: (location: string) => numberOf(location, 'SELECT sum(rows) FROM doorward_move_tables'),
  sqlite: async (path: string): Promise<number> => {
    const database = openFile(path, { readOnly: true })
    try {
      const row = database.prepare('SELECT sum(rows) AS rows FROM doorward_move_tables').get()
      return Number(row?.rows)
    } finally {
      database.close()
    }
  },
}

/** Makes the tables, and lets nobody write an event: a move comes as far as the first of them, and waits there. */
async function holdEvents(folder: string, env: { DOORWARD_DATABASE: string }) {
  const made = await runDoorward(['user', 'list'], { folder, env })
  assert.equal(made.status, 0, made.err)
  const holder = new Client({ connectionString: env.DOORWARD_DATABASE })
  await holder.connect()
  await holder.query('BEGIN')
  await holder.query('LOCK TABLE events IN SHARE MODE')
  const waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'events'::regclass"
  return {
    isWaitedFor: async () => (await holder.query(waiting)).rowCount !== 0,
    letGo: async () => {
      await holder.query('COMMIT')
      await holder.end()
    },
  }
}

test('to PostgreSQL and back, killed on the way again and again: the same tokens, clients, sessions, passwords and passkeys go on, and what was revoked stays so [doorward-moving]', {
  timeout: 600_000,
}, async () => {
  const world = await makeWorld()
  const { folder } = world
  const old = join(folder, 'doorward.sqlite')
  const DOORWARD_DATABASE = await postgres.fresh()
  const env = { DOORWARD_DATABASE, DOORWARD_SECRET_FILE: `${old}.key` }
  let door = await world.serve()
  try {
    const passkey = await withPasskey(world)
    let living = await connect(world)
    const revoked = await connect(world)
    const later = await connect(world)
    assert.equal((await ask(world, '/revoke', { token: revoked.refresh_token ?? '' })).status, 200)
    assert.ok(await isSignedIn(world))
    addEvents(old)

    const move = ['migrate', '--from', old, '--to', 'postgres']
    const kills: boolean[] = []
    for (let kill = 0; kill < KILLS; kill++) {
      const rows = (EVENTS * (kill + Math.random())) / KILLS
      const isTime = async () => (await arrived.postgres(DOORWARD_DATABASE)) >= rows
      kills.push(await killed(move, { folder, env, isTime }))
      // It serves on the whole time, and writes nothing: a token that was rotated now would be good again over there.
      const { status, body } = await refresh(world, living)
      assert.deepEqual([status, body.error], [503, 'temporarily_unavailable'])
    }
    const moved = await runDoorward(move, { folder, env })
    assert.equal(moved.status, 0, moved.err)
    // The last kill may have come when all was done; then it was compared before.
    if (!/ before; nothing is left to do\./.test(moved.out)) {
      assert.match(moved.out, /^events +300\d\d +[0-9a-f]{16} +yes$/m)
      assert.doesNotMatch(moved.out, / NO$/m)
    }
    assert.match(String(await numberOf(DOORWARD_DATABASE, 'SELECT count(*) FROM events')), /^300\d\d$/)
    await door.stop()
    const refused = await runDoorward(['serve'], { folder })
    assert.equal(refused.status, 1)
    assert.match(refused.err, /This database was moved to postgres:\/\/.*; serve that one/)

    door = await world.serve(env)
    assert.ok(await verifies(world, living), 'a token that was signed before')
    assert.ok(await isSignedIn(world), 'a session of before')
    const next = await refresh(world, living)
    assert.equal(next.status, 200, JSON.stringify(next.body))
    living = next.body
    assert.deepEqual((await refresh(world, revoked)).body.error, 'invalid_grant')
    await signInByPasskey(world, passkey)
    await connect(world, new PlainBrowser())
    assert.equal((await ask(world, '/revoke', { token: later.refresh_token ?? '' })).status, 200)

    const back = join(folder, 'back.sqlite')
    for (let kill = 0; kill < KILLS; kill++) {
      const rows = (EVENTS * (kill + Math.random())) / KILLS
      const isTime = async () => existsSync(back) && (await arrived.sqlite(back)) >= rows
      kills.push(await killed(['migrate', '--from', 'postgres', '--to', back], { folder, env, isTime }))
    }
    assert.ok(kills.includes(true), 'none was killed on the way')
    const returned = await runDoorward(['migrate', '--from', 'postgres', '--to', back, '--json'], { folder, env })
    assert.equal(returned.status, 0, returned.err)
    const { verdict } = JSON.parse(returned.out.trim().split('\n').at(-1) ?? '') as { verdict: string }
    // As above.
    assert.ok(['moved', 'already'].includes(verdict), verdict)
    await door.stop()
    door = await world.serve({ ...env, DOORWARD_DATABASE: back })
    assert.ok(await verifies(world, living))
    const last = await refresh(world, living)
    assert.equal(last.status, 200, JSON.stringify(last.body))
    for (const one of [revoked, later]) assert.deepEqual((await refresh(world, one)).body.error, 'invalid_grant')
    await signInByPasskey(world, passkey)
  } finally {
    await door.stop()
    world.end()
  }
})

test('a move that is taken back lets the server go on within a second, with the same tokens [doorward-moving]', {
  timeout: 120_000,
}, async () => {
  const world = await makeWorld()
  const env = { DOORWARD_DATABASE: await postgres.fresh() }
  const old = join(world.folder, 'doorward.sqlite')
  const door = await world.serve()
  try {
    const tokens = await connect(world)
    addEvents(old)
    // A move that was finished cannot be taken back: this one cannot be finished before it is killed.
    const events = await holdEvents(world.folder, env)
    const move = ['migrate', '--from', 'sqlite', '--to', 'postgres']
    assert.ok(await killed(move, { folder: world.folder, env, isTime: events.isWaitedFor }))
    await events.letGo()
    assert.equal((await refresh(world, tokens)).status, 503)
    const given = await runDoorward(['migrate', '--from', 'sqlite', '--abort'], { folder: world.folder })
    assert.equal(given.status, 0, given.err)
    await waitFor(async () => (await refresh(world, tokens)).status === 200)
  } finally {
    await door.stop()
    world.end()
  }
})

test('Ctrl-C stops a move between two batches, and the same command goes on [doorward-moving]', {
  timeout: 120_000,
}, async () => {
  const world = await makeWorld()
  const { folder } = world
  const env = { DOORWARD_DATABASE: await postgres.fresh() }
  try {
    addEvents(join(folder, 'doorward.sqlite'))
    const events = await holdEvents(folder, env)
    const args = ['--conditions=doorward-source', MAIN, 'migrate', '--from', 'sqlite', '--to', 'postgres']
    const child = spawn(process.execPath, args, { cwd: folder, env: { PATH: process.env.PATH ?? '', ...env } })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    const gone = once(child, 'close')
    await waitFor(events.isWaitedFor, 1000).finally(() => child.kill('SIGINT'))
    await events.letGo()
    await gone
    assert.equal(child.exitCode, 1, said)
    assert.match(said, /doorward: Stopped; the same command goes on from here/)
    assert.equal((await runDoorward(args.slice(2), { folder, env })).status, 0)
  } finally {
    world.end()
  }
})

test('a backup of a server under load is restored to the other engine, killed on the way: nothing that was handed out works, the same people and clients do [doorward-backup, doorward-restore]', {
  timeout: 300_000,
}, async () => {
  const world = await makeWorld()
  const { folder } = world
  const secret = { DOORWARD_SECRET_FILE: join(folder, 'doorward.sqlite.key') }
  let door = await world.serve()
  try {
    const families = await Promise.all([connect(world), connect(world, new PlainBrowser())])
    const [leaked, living] = families as [Tokens, Tokens]
    addEvents(join(folder, 'doorward.sqlite'))
    let isRunning = true
    let newest = living
    const load = (async () => {
      while (isRunning) {
        const { status, body } = await refresh(world, newest)
        assert.equal(status, 200, 'the server goes on while a backup is made')
        newest = body
      }
    })()
    const made = await runDoorward(['backup', 'night.backup'], { folder })
    isRunning = false
    await load
    assert.equal(made.status, 0, made.err)
    assert.equal(statSync(join(folder, 'night.backup')).mode & 0o777, 0o600)
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.part')),
      [],
    )
    assert.equal((await ask(world, '/revoke', { token: leaked.refresh_token ?? '' })).status, 200)
    await door.stop('SIGKILL')

    const location = await postgres.fresh()
    const env = { ...secret, DOORWARD_DATABASE: location }
    const restore = ['restore', 'night.backup', '--database', 'postgres']
    const rows = randomInt(EVENTS)
    await killed(restore, { folder, env, isTime: async () => (await arrived.postgres(location)) >= rows })
    const restored = await runDoorward(restore, { folder, env })
    if (restored.status !== 0)
      assert.match(restored.err, /already: it was restored there/, 'it was done before it was killed')
    door = await world.serve(env)
    for (const tokens of [leaked, living, newest]) {
      assert.deepEqual((await refresh(world, tokens)).body.error, 'invalid_grant')
      assert.equal(await verifies(world, tokens), false)
    }
    assert.equal(await isSignedIn(world), false)
    const anew = await connect(world, new PlainBrowser())
    assert.equal((await refresh(world, anew)).status, 200)
  } finally {
    await door.stop()
    world.end()
  }
})
