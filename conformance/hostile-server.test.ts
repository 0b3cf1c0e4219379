import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { MAIN, makeFolder, waitFor } from './doorward.ts'

/** A server that an operator was talked into naming. It answers the command line as it likes. */
type Answer = (request: IncomingMessage, response: ServerResponse) => void
const json =
  (value: unknown, status = 200): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  }

const home = makeFolder()
const opened = join(home, 'opened')
let issuer = ''
let answers: Record<string, Answer> = {}
const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '/', issuer)
  const answer = answers[pathname] ?? json({ error: 'not_found' }, 404)
  request.resume().on('end', () => answer(request, response))
})

before(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  // What would open a browser writes down what it was to open.
  writeFileSync(join(home, 'xdg-open'), `#!/bin/sh\nprintf '%s' "$1" >'${opened}'\n`)
  chmodSync(join(home, 'xdg-open'), 0o755)
})
after(() => {
  server.close()
  rmSync(home, { recursive: true, force: true })
})
beforeEach(() => {
  rmSync(opened, { force: true })
  const token = { access_token: 'a', token_type: 'DPoP', refresh_token: 'r', expires_in: 3600 }
  answers = { ...describedBy({}), '/token': json(token) }
})

function describedBy(more: Record<string, unknown>): Record<string, Answer> {
  const described = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    ...more,
  }
  return { '/.well-known/oauth-authorization-server': json(described) }
}

function start(...args: string[]) {
  const path = `${home}${delimiter}${process.env.PATH}`
  const env = { PATH: path, HOME: home, XDG_CONFIG_HOME: home }
  const child = spawn(process.execPath, ['--conditions=doorward-source', MAIN, ...args], { cwd: home, env })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  const ended = once(child, 'close').then(() => ({ status: child.exitCode, said }))
  return { ended, said: () => said, isOver: () => child.exitCode !== null }
}
const run = (...args: string[]) => start(...args).ended

async function signIn(): Promise<void> {
  const login = start('login', issuer, '--no-browser')
  // To its end, and not the first half of it.
  await waitFor(async () => login.isOver() || /http\S+authorize\S+\s/.test(login.said()))
  const asked = new URL(/http\S+authorize\S+/.exec(login.said())?.[0] ?? '').searchParams
  const back = new URLSearchParams({ code: 'c', state: asked.get('state') ?? '', iss: issuer })
  await fetch(`${asked.get('redirect_uri')}?${back}`)
  assert.equal((await login.ended).status, 0)
}

for (const address of [
  'file:///bin/sh',
  'smb://evil.example/x.exe',
  'calculator:x',
  'http://evil.example/',
  'https://a:b@c/',
]) {
  test(`a server cannot have the command line open ${address} [doorward-remote-cli]`, async () => {
    answers = { ...answers, ...describedBy({ authorization_endpoint: address }) }
    const { status, said } = await run('login', issuer)
    assert.equal(status, 1)
    assert.match(said, /answered wrongly/)
    assert.ok(!existsSync(opened))
  })
}

test('what a server says cannot rewrite the terminal [doorward-remote-cli]', async () => {
  const pushed = { pushed_authorization_request_endpoint: `${issuer}/par` }
  const error = { error: 'x', error_description: 'no\u001b]0;title\u0007 \u009b2J \u202e' }
  answers = { ...answers, ...describedBy(pushed), '/par': json(error, 400) }
  const { status, said } = await run('login', issuer, '--no-browser')
  assert.equal(status, 1)
  assert.match(said, /refused: no\\u001b/)
  assert.doesNotMatch(said, /(?!\n)[\p{Cc}\p{Cf}]/u)
})

test('events of a server elsewhere cannot rewrite the terminal either [doorward-remote-cli]', async () => {
  await signIn()
  const event = { id: 1, at: 1, type: 'x', outcome: 'allowed', reason: 'r\u001b[2J', client: 'c\u009b2J\r' }
  answers['/admin/api/events/since'] = json({ events: [], last: 1, next: '1' })
  answers['/admin/api/events'] = json({ events: [event] })
  for (const more of [[], ['--json']]) {
    const { status, said } = await run('events', '--remote', issuer, ...more)
    assert.equal(status, 0, said)
    assert.doesNotMatch(said, /(?!\n)[\p{Cc}\p{Cf}]/u)
  }
})

test('a list that does not end, and an answer that does not, end the command [doorward-remote-cli]', async () => {
  await signIn()
  answers['/admin/api/events/since'] = json({ events: [], last: 1, next: '1' })
  answers['/admin/api/events'] = json({ events: [], next: 7 })
  answers['/admin/api/clients'] = json({ clients: [], next: 'on' })
  for (const command of [['events'], ['client', 'list']]) {
    const { status, said } = await run(...command, '--remote', issuer)
    assert.deepEqual([status, /does not end/.test(said)], [1, true], said)
  }
  answers['/admin/api/keys'] = (request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const piece = Buffer.alloc(1024 * 1024, ' ')
    const more = () => {
      if (!request.socket.destroyed) response.write(piece, more)
    }
    more()
  }
  const { status, said } = await run('key', 'list', '--remote', issuer)
  assert.equal(status, 1)
  assert.match(said, /more than \d+ bytes/)
})

test('a server that is not well for a while is no reason to forget a sign-in there [doorward-remote-cli]', async () => {
  await signIn()
  answers['/admin/api/keys'] = json({ error: 'invalid_token' }, 401)
  answers['/token'] = json({ error: 'temporarily_unavailable' }, 503)
  assert.match((await run('key', 'list', '--remote', issuer)).said, /try again/)
  const revocation = { revocation_endpoint: `${issuer}/revoke` }
  answers = { ...answers, ...describedBy(revocation), '/revoke': json({ error: 'temporarily_unavailable' }, 503) }
  assert.match((await run('logout', issuer)).said, /try again/)
  answers['/token'] = json({ error: 'invalid_grant' }, 400)
  assert.match((await run('key', 'list', '--remote', issuer)).said, /not signed in/)
  assert.match((await run('logout', issuer)).said, /not signed in/)
})

test('a file that is damaged is no sign-in, and keeps nobody from signing out elsewhere [doorward-remote-cli]', async () => {
  await signIn()
  writeFileSync(join(home, 'doorward', 'sessions', 'damaged.json'), '{"issuer":')
  answers = { ...answers, ...describedBy({ revocation_endpoint: `${issuer}/revoke` }), '/revoke': json({}) }
  const { status, said } = await run('logout')
  assert.equal(status, 0, said)
})
