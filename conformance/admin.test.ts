import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { Command } from 'commander'
import type { Terminal } from '../packages/doorward/src/cli/commands/command.ts'
import { COMMANDS } from '../packages/doorward/src/cli/commands/index.ts'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { type Doorward, MAIN, makeFolder, runDoorward, startDoorward, waitFor } from './doorward.ts'
import { decide, decideInBrowser, launchChromium, PlainBrowser } from './person.ts'

const ADA = { email: 'ada@example.com', password: 'correct horse battery' }
const BOB = { email: 'bob@example.com', password: 'correct horse battery' }
const EVE = { email: 'eve@example.com', password: 'correct horse battery' }
const CONFIG = {
  port: 0,
  administration: { commandLine: true },
  resources: [
    {
      name: 'Notes',
      path: '/mcp',
      upstream: 'http://127.0.0.1:9/mcp',
      scopes: { 'notes:read': 'Read', 'notes:write': 'Write' },
      tools: { '*': ['notes:write'] },
    },
  ],
}

const folder = makeFolder()
/** Computers of operators elsewhere: nothing of the server lies there. */
const adas = makeFolder()
const bobs = makeFolder()
/** Where it is started again, too. */
const env = { DOORWARD_PORT: String(await freePort()) }
let door: Doorward
before(async () => {
  writeFileSync(join(folder, 'doorward.config.json'), JSON.stringify(CONFIG))
  door = await startDoorward(['serve'], { folder, keep: true, env })
  for (const [person, ...rest] of [[ADA, '--operator'], [BOB, '--operator'], [EVE]] as const) {
    const add = ['user', 'add', person.email, '--password-stdin', ...rest]
    const { status, err } = await runDoorward(add, { folder, input: person.password })
    assert.equal(status, 0, err)
  }
})
after(async () => {
  await door?.stop()
  for (const each of [folder, adas, bobs]) rmSync(each, { recursive: true, force: true })
})

/** Each command that was run at a server elsewhere. */
const ran: string[] = []
const environment = (home: string) => ({ XDG_CONFIG_HOME: home, HOME: home })
const at = (home: string, ...args: string[]) => runDoorward(args, { folder: home, env: environment(home) })
const remote = (home: string, ...args: string[]) => typed(home, '', ...args)
/** With something on standard input. */
function typed(home: string, input: string, ...args: string[]) {
  ran.push(`${args.join(' ')} `)
  return runDoorward([...args, '--remote', door.issuer], { folder: home, env: environment(home), input })
}
const here = (...args: string[]) => runDoorward(args, { folder })

interface Login {
  readonly url: string
  readonly type: (line: string) => void
  readonly stop: () => void
  readonly ended: Promise<{ status: number | null; out: string; err: string }>
}

/** Starts a sign-in and waits for the address that it prints. */
async function startLogin(home: string, ...args: string[]): Promise<Login> {
  const child = spawn(
    process.execPath,
    ['--conditions=doorward-source', MAIN, 'login', door.issuer, '--no-browser', ...args],
    { cwd: home, env: { PATH: process.env.PATH, ...environment(home) } },
  )
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const ended = once(child, 'close').then(() => ({ status: child.exitCode, out, err }))
  // To its end, and not the first half of it.
  await waitFor(async () => child.exitCode !== null || /http\S+\s/.test(err))
  return {
    url: /http\S+/.exec(err)?.[0] ?? '',
    type: (line) => void child.stdin.end(`${line}\n`),
    stop: () => void child.kill('SIGTERM'),
    ended,
  }
}

async function login(home: string, person: typeof ADA, ...args: string[]) {
  const started = await startLogin(home, ...args)
  const { url } = await decide(started.url, person)
  await fetch(url)
  return started.ended
}

test('an operator signs in from elsewhere in a real browser; the address is short and pushed, and the token lies where nobody else reads it [doorward-remote-cli]', async () => {
  const started = await startLogin(adas)
  assert.deepEqual([...new URL(started.url).searchParams.keys()], ['client_id', 'request_uri'])
  const browser = await launchChromium()
  try {
    await decideInBrowser(await browser.newContext(), started.url, ADA)
    const { status, out, err } = await started.ended
    assert.equal(status, 0, err)
    assert.match(out, /^Signed in at http:\S+ \(doorward:admin\)\./)
  } finally {
    await browser.close()
  }
  const [file = '', ...others] = globSync('doorward/sessions/*', { cwd: adas })
  assert.deepEqual(others, [])
  assert.equal(statSync(join(adas, file)).mode & 0o777, 0o600)
  assert.equal(statSync(join(adas, 'doorward/sessions')).mode & 0o777, 0o700)
})

test('what lies there is bound to its key: the token alone opens nothing, neither as a bearer nor for a new one [rfc9449-7]', async () => {
  const [file = ''] = globSync('doorward/sessions/*', { cwd: adas })
  const saved = JSON.parse(readFileSync(join(adas, file), 'utf8')) as { accessToken: string; refreshToken: string }
  for (const scheme of ['Bearer', 'DPoP']) {
    const headers = { authorization: `${scheme} ${saved.accessToken}` }
    assert.equal((await fetch(`${door.issuer}/admin/api/clients`, { headers })).status, 401)
  }
  const form = { grant_type: 'refresh_token', refresh_token: saved.refreshToken, client_id: 'doorward-cli' }
  const stolen = await fetch(`${door.issuer}/token`, { method: 'POST', body: new URLSearchParams(form) })
  assert.equal(stolen.status, 400)
})

/** Commands that look, with the same output wherever they run. */
const LOOKING: readonly (readonly string[])[] = [
  ['client', 'list'],
  ['client', 'list', '--json'],
  ['client', 'show', 'doorward-cli'],
  ['client', 'show', 'nobody'],
  ['client', 'list', '--waiting'],
  ['invite', 'list'],
  ['grant', 'list'],
  ['grant', 'list', '--json', '--all'],
  ['grant', 'list', '--user', 'nobody@example.com'],
  ['user', 'list'],
  ['user', 'list', '--json'],
  ['key', 'list'],
  ['key', 'list', '--json'],
  ['rule', 'list'],
  ['rule', 'preview', 'deny', 'domain', '*.evil.example'],
  ['rule', 'preview', 'deny', 'domain', 'not a domain'],
  ['events', '--type', 'user.added', '--json'],
  ['events', '--type', 'consent.given', '--user', 'ada@example.com'],
]
for (const args of LOOKING) {
  test(`doorward ${args.join(' ')} says the same here and at a server elsewhere [doorward-remote-cli]`, async () => {
    const [local, elsewhere] = [await here(...args), await remote(adas, ...args)]
    // How long ago an attempt was reckoned with is the one thing that goes on meanwhile.
    const timeless = (text: string) => text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'TIME')
    assert.deepEqual(
      [elsewhere.status, timeless(elsewhere.out), elsewhere.err],
      [local.status, timeless(local.out), local.err],
    )
    assert.notEqual(local.out + local.err, '')
  })
}

/** That Ada did this. */
async function toldOf(...types: readonly string[]): Promise<void> {
  const [ada] = linesOf<{ id: string }>((await here('user', 'list', '--json')).out)
  const told = linesOf<{ type: string; actor: string }>((await here('events', '--user', ADA.email, '--json')).out)
  const own = told.filter(({ actor }) => actor === ada?.id).map(({ type }) => type)
  for (const type of types) assert.ok(own.includes(type), type)
}

function linesOf<Line>(out: string): Line[] {
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
}

test('what an operator does from elsewhere is done, under their own name [doorward-remote-cli]', async () => {
  const words = ['--redirect', 'https://c.example/cb', '--name', 'C', '--auth', 'client_secret_post']
  const added = await remote(adas, 'client', 'add', ...words, '--json')
  const { client_id: id } = JSON.parse(added.out) as { client_id: string }
  const invite = JSON.parse((await remote(adas, 'invite', 'create', '--json')).out) as { id: string; token: string }
  assert.match(invite.token, /^dwi_/)
  const rule = JSON.parse((await remote(adas, 'rule', 'add', 'deny', 'client-id', id, '--json')).out) as { id: string }
  const ask = () => fetch(`${door.issuer}/authorize?client_id=${id}`, { redirect: 'manual' })
  assert.equal((await ask()).status, 403)
  const acts: readonly (readonly string[])[] = [
    ['rule', 'remove', rule.id],
    ['client', 'approve', id],
    ['client', 'secret', id],
    ['client', 'secret', id, '--end-before', '0'],
    ['client', 'block', id],
    ['client', 'unblock', id],
    ['client', 'remove', id],
    ['invite', 'revoke', invite.id],
    ['user', 'add', 'carl@example.com'],
    ['user', 'groups', 'carl@example.com', '--set', 'staff, ops'],
    ['user', 'disable', 'carl@example.com'],
    ['user', 'enable', 'carl@example.com'],
    ['key', 'rotate'],
  ]
  for (const args of acts) {
    const { status, err } = await remote(adas, ...args)
    assert.equal(status, 0, `${args.join(' ')}: ${err}`)
  }
  assert.match((await here('user', 'list')).out, /carl@example\.com +person +active +ops staff/)
  await toldOf(
    'client.added',
    'client.approved',
    'client.blocked',
    'client.unblocked',
    'client.removed',
    'client.secret.added',
    'client.secrets.ended',
    'invite.created',
    'invite.revoked',
    'rule.added',
    'rule.removed',
    'user.added',
    'user.groups.changed',
    'user.disabled',
    'user.enabled',
    'key.added',
  )
})

const CALLBACK = 'http://127.0.0.1:33418/cb'
const VERIFIER = 'v'.repeat(64)

/** An application that a person let in with both scopes. */
async function connect(person: typeof ADA) {
  const client = (await remote(adas, 'client', 'add', '--redirect', CALLBACK, '--json')).out
  const { client_id } = JSON.parse(client) as { client_id: string }
  const query = {
    client_id,
    response_type: 'code',
    redirect_uri: CALLBACK,
    scope: 'notes:read notes:write offline_access',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
  }
  const { code } = await decide(`${door.issuer}/authorize?${new URLSearchParams(query)}`, person)
  const token = async (form: Record<string, string>) => {
    const response = await fetch(`${door.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({ client_id, ...form }),
    })
    return (await response.json()) as Record<'refresh_token' | 'scope' | 'error' | 'error_description', string>
  }
  const form = { grant_type: 'authorization_code', code: code ?? '', redirect_uri: CALLBACK, code_verifier: VERIFIER }
  return { client_id, token, issued: await token(form) }
}

test('a connection is narrowed and ended from elsewhere, and its client has less with the next refresh and then nothing [doorward-remote-cli, doorward-narrowing]', async () => {
  const { client_id, token, issued } = await connect(EVE)
  const refresh = (refresh_token: string) => token({ grant_type: 'refresh_token', refresh_token })
  const list = ['grant', 'list', '--client', client_id, '--json']
  const listed = await remote(adas, ...list)
  assert.equal(listed.out, (await here(...list)).out)
  const { id } = JSON.parse(listed.out) as { id: string }
  const narrow = ['grant', 'narrow', id, '--scope', 'notes:read offline_access']
  assert.equal((await remote(adas, ...narrow)).out, `Narrowed ${id}.\n`)
  assert.equal((await remote(adas, ...narrow)).out, `The grant ${id} holds no more than that.\n`)
  const less = await refresh(issued.refresh_token)
  assert.equal(less.scope, 'notes:read offline_access')
  assert.equal((await remote(adas, 'grant', 'revoke', id)).out, `Revoked ${id}.\n`)
  assert.equal((await remote(adas, 'grant', 'revoke', id)).out, `The grant ${id} was revoked before.\n`)
  assert.equal((await refresh(less.refresh_token)).error, 'invalid_grant')
  await toldOf('grant.narrowed', 'grant.revoked')
})

test('another password is given from elsewhere, on standard input or made up there: the one of before opens nothing [doorward-remote-cli]', async () => {
  const { email } = EVE
  const opens = async (password: string) => {
    const browser = new PlainBrowser()
    const { response, url } = await browser.follow(`${door.issuer}/sign-in`)
    const answer = await browser.submit(await response.text(), url, { email, password })
    return answer.response.status < 400 && !/name="?password/.test(await answer.response.text())
  }
  assert.ok(await opens(EVE.password))
  const given = 'staple battery horse correct'
  const first = await typed(adas, `${given}\n`, 'user', 'password', email, '--password-stdin')
  assert.equal(first.out, `${email} has another password.\n`)
  assert.deepEqual([await opens(EVE.password), await opens(given)], [false, true])
  const second = await remote(adas, 'user', 'password', email, '--json')
  const { password } = JSON.parse(second.out) as { password: string }
  assert.deepEqual([await opens(given), await opens(password)], [false, true])
  const none = await remote(adas, 'user', 'password', email, '--none')
  assert.match(none.out, /has no password/)
  assert.equal(await opens(password), false)
  assert.equal((await typed(adas, EVE.password, 'user', 'password', email, '--password-stdin')).status, 0)
  await toldOf('password.changed')
})

/** Where it was looked for differs: a file here, an issuer elsewhere. */
function placeless<Said extends { readonly err: string }>(said: Said): Said {
  const [place] = [' in doorward.sqlite;', ` in ${door.issuer};`].filter((place) => said.err.includes(place))
  return place === undefined ? said : { ...said, err: said.err.replace(place, ' there;') }
}

test('an attempt that failed is told the same from elsewhere as here, alone and among the others [doorward-remote-cli, doorward-trace]', async () => {
  const { client_id, token } = await connect(EVE)
  const wrong = await token({ grant_type: 'refresh_token', refresh_token: 'dwr_none', client_id })
  const reference = /ref ([0-9A-Z]{10})/.exec(wrong.error_description)?.[1] ?? assert.fail(wrong.error_description)
  for (const args of [
    ['trace', reference],
    ['trace', reference, '--json'],
    ['trace', 'NOTHING000'],
    ['trace'],
    ['trace', '--json'],
  ]) {
    // Events of requests that change nothing are written within a moment, and an attempt grows too old to be waited for.
    const both = async () => [placeless(await here(...args)), placeless(await remote(adas, ...args))] as const
    let [local, elsewhere] = await both()
    const isTold = () => args[1] === 'NOTHING000' || local.out.includes(client_id)
    for (let tries = 0; tries < 20 && !(isTold() && isDeepStrictEqual(local, elsewhere)); tries++) {
      ;[local, elsewhere] = await both()
    }
    assert.deepEqual(elsewhere, local, args.join(' '))
    assert.ok(isTold(), local.out)
  }
})

test('a rule that another process adds counts within two seconds, and so does taking it back [doorward-runtime-rules]', async () => {
  const ask = async () =>
    (await fetch(`${door.issuer}/authorize?client_id=doorward-cli`, { redirect: 'manual' })).status
  const open = await ask()
  const added = await here('rule', 'add', 'deny', 'redirect-host', 'denied.example', '--json')
  const { out } = await here('client', 'add', '--redirect', 'https://denied.example/cb', '--json')
  const { client_id } = JSON.parse(out) as { client_id: string }
  const denied = () => fetch(`${door.issuer}/authorize?client_id=${client_id}`, { redirect: 'manual' })
  // Another process reads the rules once a second.
  const soon = async (isSo: () => Promise<boolean>) => {
    for (let tries = 0; tries < 40 && !(await isSo()); tries++) await new Promise((resolve) => setTimeout(resolve, 50))
    return isSo()
  }
  assert.ok(await soon(async () => (await denied()).status === 403))
  assert.equal(await ask(), open)
  await here('rule', 'remove', (JSON.parse(added.out) as { id: string }).id)
  assert.ok(await soon(async () => (await denied()).status !== 403))
})

test('the browser may be on another computer: the address at which it ends is pasted [doorward-remote-cli]', async () => {
  const started = await startLogin(bobs, '--paste', '--scope', 'doorward:admin.read doorward:admin.invites', '--json')
  const { url } = await decide(started.url, BOB)
  started.type(url.href)
  const { status, out, err } = await started.ended
  assert.equal(status, 0, err)
  assert.deepEqual(JSON.parse(out), { issuer: door.issuer, scope: 'doorward:admin.read doorward:admin.invites' })
})

test('a sign-in with less does less, and says what is missing [doorward-admin-permissions]', async () => {
  assert.equal((await remote(bobs, 'client', 'list')).status, 0)
  assert.equal((await remote(bobs, 'invite', 'create')).status, 0)
  for (const args of [
    ['client', 'remove', 'doorward-cli'],
    ['user', 'add', 'mallory@example.com', '--operator'],
    ['key', 'rotate', '--now'],
    ['rule', 'add', 'allow', 'domain', 'evil.example'],
  ]) {
    const { status, err } = await remote(bobs, ...args)
    assert.equal(status, 1)
    assert.match(err, /This needs the permission doorward:admin\.\w+; ask for a token with that scope/)
  }
})

test('two operators who do the same at once do it once, and both are told the truth', async () => {
  const rule = ['rule', 'add', 'deny', 'domain', 'twice.example']
  const again = await Promise.all([here(...rule), remote(adas, ...rule), remote(adas, ...rule), here(...rule)])
  assert.deepEqual(again.map(({ status }) => status).sort(), [0, 1, 1, 1])
  assert.equal((await here('rule', 'list')).out.match(/deny domain twice\.example/g)?.length, 1)
})

test('many commands at once renew one token, and none of them is signed out [doorward-remote-cli]', async () => {
  const [file = ''] = globSync('doorward/sessions/*', { cwd: adas })
  const path = join(adas, file)
  const saved = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  const renewals = async () =>
    (await here('events', '--type', 'token.refreshed', '--client', 'doorward-cli', '--json')).out.split('\n').length
  const before = await renewals()
  writeFileSync(path, JSON.stringify({ ...saved, expiresAt: 0 }))
  const all = await Promise.all(Array.from({ length: 4 }, () => remote(adas, 'key', 'list')))
  assert.deepEqual(
    all.map(({ status }) => status),
    [0, 0, 0, 0],
  )
  assert.equal(await renewals(), before + 1)
})

test('what others on the computer can read is not used', async () => {
  const [file = ''] = globSync('doorward/sessions/*.json', { cwd: bobs })
  chmodSync(join(bobs, file), 0o644)
  const { status, err } = await remote(bobs, 'client', 'list')
  chmodSync(join(bobs, file), 0o600)
  assert.deepEqual([status, /Others can read '.*'; remove it and sign in again/.test(err)], [2, true])
})

test('who is no operator gets nothing, however the page is answered [doorward-admin-default-deny]', async () => {
  const eves = makeFolder()
  const started = await startLogin(eves)
  await assert.rejects(decide(started.url, EVE), /Only operators/)
  const denied = await startLogin(eves)
  const { url } = await decide(denied.url, ADA, 'deny')
  await fetch(url)
  const { status, err } = await denied.ended
  assert.deepEqual([status, globSync('**/*.json', { cwd: eves })], [1, []])
  assert.match(err, /gave no access: The person declined/)
  started.stop()
  const { err: stopped } = await started.ended
  assert.match(stopped, /Stopped before anybody answered/)
  rmSync(eves, { recursive: true, force: true })
})

test('what another program sends to the waiting port is no answer', async () => {
  const started = await startLogin(bobs)
  const { url } = await decide(started.url, BOB)
  const forged = new URL(url)
  forged.searchParams.set('state', 'guessed')
  assert.equal((await fetch(forged)).status, 404)
  assert.equal((await fetch(url)).status, 200)
  assert.equal((await started.ended).status, 0)
})

const WRONG: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  [
    'nobody signed in',
    ['client', 'list', '--remote', 'https://other.example'],
    1,
    /not signed in at https:\/\/other\.example; run 'doorward login/,
  ],
  ['two places at once', ['client', 'list', '--remote', 'https://a.example', '--database', 'x'], 2, /keep one of them/],
  ['an address that is none', ['login', 'https://a.example/?x'], 2, /is not the address of a server/],
  ['no server there', ['login', 'http://localhost:1'], 1, /could not be reached/],
  [
    'https where http is spoken',
    ['login', '(the server)'],
    1,
    /no TLS is spoken there; on this computer the address may begin with http:/,
  ],
  ['nowhere to sign out of', ['logout', 'https://other.example'], 1, /not signed in/],
  [
    'a kind of rule that is none',
    ['rule', 'add', 'deny', 'name', 'x', '--remote', 'https://a.example'],
    1,
    /not signed in/,
  ],
]
for (const [title, args, status, message] of WRONG) {
  test(`${title}: ends with status ${status} and one sentence`, async () => {
    const result = await at(bobs, ...args.map((arg) => arg.replace('(the server)', new URL(door.issuer).host)))
    assert.equal(result.status, status, result.err)
    assert.match(result.err, message)
    assert.doesNotMatch(result.err, /\n\s+at /)
  })
}

test('every command that says it works at a server elsewhere was run there [doorward-remote-cli]', () => {
  const says = remoteCommands()
  assert.ok(says.length > 20, says.join(', '))
  assert.deepEqual(
    says.filter((command) => !ran.some((line) => line.startsWith(`${command} `))),
    [],
  )
})

function remoteCommands(): string[] {
  const program = new Command()
  const terminal = { print: assert.fail, say: assert.fail, env: {} } as unknown as Terminal
  for (const add of COMMANDS) add(program, terminal)
  const within = (command: Command, above: string): string[] =>
    command.commands.flatMap((one) => {
      const name = `${above}${one.name()}`
      const isRemote = one.options.some(({ long }) => long === '--remote')
      return [...(isRemote ? [name] : []), ...within(one, `${name} `)]
    })
  return within(program, '')
}

test('logging out ends it there and here; a sign-in that was taken back says so [doorward-remote-cli]', async () => {
  const grants = (await here('grant', 'list', '--client', 'doorward-cli', '--json')).out.trim().split('\n')
  const ofBob = grants
    .map((line) => JSON.parse(line) as { id: string; person: string })
    .filter(({ person }) => person === BOB.email)
  for (const { id } of ofBob) assert.equal((await here('grant', 'revoke', id)).status, 0)
  const taken = await remote(bobs, 'client', 'list')
  assert.deepEqual([taken.status, /not signed in at/.test(taken.err)], [1, true])
  const left = await at(adas, 'logout')
  assert.deepEqual([left.status, left.out], [0, `Signed out at ${door.issuer}.\n`])
  assert.deepEqual(globSync('**/*.json', { cwd: adas }), [])
  assert.equal((await remote(adas, 'client', 'list')).status, 1)
  assert.equal((await here('grant', 'list', '--client', 'doorward-cli')).out.trim(), '(none)')
})

test('a server that does not allow it knows no command line, and takes back what one had [doorward-remote-cli]', async () => {
  assert.equal((await login(adas, ADA)).status, 0)
  await door.stop()
  writeFileSync(join(folder, 'doorward.config.json'), JSON.stringify({ ...CONFIG, administration: {} }))
  door = await startDoorward(['serve'], { folder, keep: true, env })
  assert.equal((await remote(adas, 'client', 'list')).status, 1)
  const refused = await startLogin(adas)
  const { status, err } = await refused.ended
  assert.equal(status, 1)
  assert.match(err, /does not know this command line; its operator allows it with "administration"/)
})
