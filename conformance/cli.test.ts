import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { certificateMaker } from '@doorward/core/testing/certificates'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { openFile } from './database-file.ts'
import { cleanEnvironment, type Doorward, MAIN, makeFolder, runDoorward, startDoorward, waitFor } from './doorward.ts'
import { decide } from './person.ts'

let door: Doorward
before(async () => {
  door = await startDoorward(['dev'])
})
after(() => door?.stop())

const run = (args: string[], input?: string) =>
  runDoorward(args, { folder: door.folder, ...(input === undefined ? {} : { input }) })

test('dev --json prints exactly the promised line, and what it names is there', async () => {
  const lines = door.printed()
  assert.equal(lines.length, 1, lines.join('\n'))
  const ready = JSON.parse(lines[0] ?? '') as Record<string, unknown>
  assert.deepEqual(Object.keys(ready), ['issuer', 'mcp', 'operator', 'database'])
  assert.deepEqual(Object.keys(ready.operator as object), ['email', 'password'])
  assert.match(door.issuer, /^http:\/\/localhost:\d+$/)
  assert.equal(door.mcp, `${door.issuer}/mcp`)
  const database = join(door.folder, door.database)
  assert.ok(existsSync(database))
  assert.equal(statSync(`${database}.key`).mode & 0o777, 0o600)
  for (const path of ['/healthz', '/readyz', '/']) assert.equal((await fetch(door.issuer + path)).status, 200)
  assert.equal(door.said(), '')
})

test('a person added at the terminal signs in, appears in the list, and is shut out by disable', async () => {
  const added = await run(
    ['user', 'add', 'Grace@Example.com', '--operator', '--password-stdin'],
    'correct horse battery\n',
  )
  assert.deepEqual([added.status, added.err], [0, ''])
  const client = JSON.parse((await run(['client', 'add', '--redirect', 'https://c.example/cb', '--json'])).out) as {
    client_id: string
  }
  const url = `${door.issuer}/authorize?${new URLSearchParams({ response_type: 'code', client_id: client.client_id, code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' })}`
  const grace = { email: 'grace@example.com', password: 'correct horse battery' }
  assert.notEqual((await decide(url, grace)).code, null)
  assert.match((await run(['user', 'list'])).out, /grace@example\.com +operator +active/)
  assert.equal((await run(['user', 'disable', 'grace@example.com'])).status, 0)
  await assert.rejects(decide(url, grace), /do not belong together/)
  assert.equal((await run(['user', 'add', 'grace@example.com'])).status, 1)
})

test('client add, list, show, block, unblock and remove do what they say', async () => {
  const { client_id } = JSON.parse(
    (await run(['client', 'add', '--redirect', 'https://d.example/cb', '--name', 'D', '--json'])).out,
  ) as { client_id: string }
  assert.match((await run(['client', 'list'])).out, new RegExp(`${client_id} +D +operator`))
  assert.equal((JSON.parse((await run(['client', 'show', client_id, '--json'])).out) as { id: string }).id, client_id)
  const ask = () => fetch(`${door.issuer}/authorize?client_id=${client_id}`, { redirect: 'manual' })
  assert.equal((await run(['client', 'block', client_id])).status, 0)
  assert.equal((await ask()).status, 403)
  assert.equal((await run(['client', 'remove', client_id])).status, 1)
  assert.equal((await run(['client', 'unblock', client_id])).status, 0)
  assert.equal((await ask()).status, 303)
  assert.equal((await run(['client', 'remove', client_id])).status, 0)
  assert.equal((await ask()).status, 400)
})

test('client secret gives another one, which the running server takes at once, and no longer those of before [doorward-secret-renewed]', async () => {
  const robot = ['--id', 'nightly', '--grant', 'client_credentials', '--auth', 'client_secret_basic']
  const first = JSON.parse((await run(['client', 'add', ...robot, '--scope', 'door:knock', '--json'])).out)
  const status = async (secret: string) => {
    const headers = { authorization: `Basic ${Buffer.from(`nightly:${secret}`).toString('base64')}` }
    const body = new URLSearchParams({ grant_type: 'client_credentials' })
    return (await fetch(`${door.issuer}/token`, { method: 'POST', headers, body })).status
  }
  assert.equal(await status(first.client_secret), 200)
  const kept = await run(['client', 'secret', 'nightly', '--keep-older'])
  const [, second = ''] = /^Client secret: (dws_\S+) \(shown once\)$/m.exec(kept.out) ?? []
  assert.deepEqual([await status(first.client_secret), await status(second)], [200, 200])
  // The command that it names does what it says, typed as it stands there.
  const [, end = ''] = /doorward (client secret nightly --end-before \d+)$/m.exec(kept.err) ?? []
  assert.match((await run(end.split(' '))).out, /^Secrets of nightly from before .* are void\.$/m)
  assert.equal((await run(['client', 'secret', 'nightly', '--json'])).status, 0)
  assert.deepEqual([await status(first.client_secret), await status(second)], [401, 401])
})

const MISTAKES: readonly (readonly [string, RegExp])[] = [
  ['client secret nobody --end-before tomorrow', /takes seconds since 1970/],
  ['client secret nobody --keep-older --end-before 5', /cannot be used with option '--keep-older'/],
  ['client add', /needs --redirect: .*--grant client_credentials\.$/],
  [
    'client add --grant foo',
    /--grant .*'foo' is invalid\. Allowed choices are authorization_code, .*client_credentials/,
  ],
  ['client add --grant client_credentials', /--auth client_secret_basic gives it a secret/],
  ['client add --grant client_credentials --auth client_secret_basic', /needs --scope: /],
  ['client add --auth nix --redirect https://a.example/', /--auth .*'nix' is invalid\. Allowed choices are none, /],
  ['client add --redirect http://a.example/cb', /is not on this computer; use https\.$/],
  [
    'rule add allow domain https://example.com/x',
    /a domain is like example\.com, or \*\.example\.com for every name below it\.$/,
  ],
  ['rule add deny redirect-host a_b', /a redirect host is like example\.com, .*"cursor:"\.$/],
  ['user add notmail', /'notmail' is not an e-mail address; give one like ada@example\.com\.$/],
]
for (const [command, words] of MISTAKES) {
  test(`what is wrong with '${command}' is said in the words of the command, with what helps`, async () => {
    const { status, out, err } = await run(command.split(' '), 'correct horse battery\n')
    assert.deepEqual([status, out], [2, ''])
    assert.match(err.trim(), words)
    assert.doesNotMatch(err, /openapi\.json|grant_types|redirect_uris|correct what/)
  })
}

test('a scope that no resource of the config file has is said when the client is added', async () => {
  const config = join(door.folder, 'notes.json')
  const notes = { name: 'Notes', path: '/mcp', upstream: 'http://localhost:1/mcp', scopes: { 'notes:read': 'Read' } }
  writeFileSync(config, JSON.stringify({ issuer: 'http://localhost:1', database: door.database, resources: [notes] }))
  const program = 'client add --grant client_credentials --auth client_secret_basic --config notes.json'.split(' ')
  const strange = await run([...program, '--scope', 'notes:read notes:wirte'])
  assert.equal(strange.status, 0)
  assert.match(strange.err, /no resource of the config file has the scope notes:wirte, .*there are notes:read, /)
  assert.equal((await run([...program, '--scope', 'notes:read doorward:admin.read'])).err, '')
})

test('grant list shows who allowed what; revoke ends it', async () => {
  const { client_id } = JSON.parse(
    (await run(['client', 'add', '--redirect', 'https://e.example/cb', '--name', 'E', '--json'])).out,
  ) as { client_id: string }
  const { createHash } = await import('node:crypto')
  const verifier = 'g'.repeat(50)
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const url = `${door.issuer}/authorize?${new URLSearchParams({ response_type: 'code', client_id, code_challenge: challenge, code_challenge_method: 'S256' })}`
  const { code } = await decide(url, door.operator)
  const token = async (form: Record<string, string>) => {
    const response = await fetch(`${door.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({ client_id, ...form }),
    })
    return { status: response.status, body: (await response.json()) as Record<string, string> }
  }
  const issued = await token({ grant_type: 'authorization_code', code: code ?? '', code_verifier: verifier })
  const rows = (await run(['grant', 'list', '--json'])).out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: string; clientId: string })
  const mine = rows.find((row) => row.clientId === client_id)
  assert.ok(mine)
  assert.match((await run(['grant', 'list'])).out, /operator@localhost +E +/)
  assert.equal((await run(['grant', 'revoke', mine.id])).status, 0)
  assert.equal(
    (await token({ grant_type: 'refresh_token', refresh_token: issued.body.refresh_token ?? '' })).status,
    400,
  )
  assert.equal((await run(['grant', 'revoke', 'f'.repeat(32)])).status, 1)
})

test('events --follow shows a refusal as it happens, under the reference that the client was given', async () => {
  const main = new URL('../packages/doorward/src/cli/main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, ['--conditions=doorward-source', main, 'events', '--follow'], {
    cwd: door.folder,
  })
  let seen = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen += text
  })
  await waitFor(async () => seen.includes('server.started'))
  const refused = await fetch(`${door.issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'x', client_id: 'nobody' }),
  })
  const { error_description } = (await refused.json()) as { error_description: string }
  const reference = /\(ref (\w+)\)/.exec(error_description)?.[1] ?? 'none'
  const line = new RegExp(
    `REFUSED +client\\.authentication\\.refused \\(client_unknown\\) +ref=${reference} client=nobody`,
  )
  await waitFor(async () => line.test(seen)).catch(() => assert.match(seen, line))
  child.kill('SIGTERM')
  const [status] = (await once(child, 'exit')) as [number]
  assert.equal(status, 0)
  assert.match((await run(['events', '--ref', reference])).out, /client_unknown/)
})

test('a stolen database holds no secret that opens anything [doorward-no-stored-secret, mcp-2026-07-28-g11]', async () => {
  const body = JSON.stringify({
    redirect_uris: ['https://f.example/cb'],
    token_endpoint_auth_method: 'client_secret_post',
  })
  const response = await fetch(`${door.issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  const { client_secret } = (await response.json()) as { client_secret: string }
  const database = openFile(join(door.folder, door.database), { readOnly: true })
  const everything = ['clients', 'users', 'sessions', 'grants', 'keys', 'events']
    .flatMap((table) => database.prepare(`SELECT * FROM ${table}`).all())
    .map((row) => JSON.stringify(row))
    .join('\n')
  database.close()
  for (const secret of [
    client_secret,
    door.operator.password,
    readFileSync(join(door.folder, `${door.database}.key`), 'utf8').trim(),
    'PRIVATE KEY',
  ]) {
    assert.ok(!everything.includes(secret), 'a secret lies in the database')
  }
})

const WRONG: readonly [string, string[], Record<string, string>, number, RegExp][] = [
  ['an unknown command', ['open'], {}, 2, /unknown command 'open'/],
  ['an unknown option', ['dev', '--loud'], {}, 2, /unknown option '--loud'\nSee 'doorward dev --help'/],
  ['an option of a command in a group', ['user', 'add', '--loud'], {}, 2, /See 'doorward user add --help'/],
  ['protect without an address', ['protect'], {}, 2, /missing required argument 'mcp-url'/],
  [
    'protect with no address',
    ['protect', 'localhost'],
    {},
    2,
    /'localhost' is not an http or https address; give one like/,
  ],
  [
    'a port that is none',
    ['dev'],
    { DOORWARD_PORT: 'x' },
    2,
    /DOORWARD_PORT is 'x'; it has to be a number from 0 to 65535/,
  ],
  ['an issuer without https', ['dev'], { DOORWARD_ISSUER: 'http://door.example' }, 2, /it has to be an https address/],
  [
    'an issuer with a slash at its end',
    ['dev'],
    { DOORWARD_ISSUER: 'https://door.example/' },
    2,
    /may not have a trailing slash/,
  ],
  ['an unknown variable', ['dev'], { DOORWARD_ISSUR: 'x' }, 2, /DOORWARD_ISSUR is not known; known are/],
  [
    'a secret too short',
    ['dev'],
    { DOORWARD_SECRET: 'abc' },
    2,
    /DOORWARD_SECRET is too short; it has to be at least 32/,
  ],
  [
    'a database of another kind',
    ['dev'],
    { DOORWARD_DATABASE: 'mysql://x/y' },
    2,
    /is of a kind that this version does not speak/,
  ],
  ['no database for a command', ['grant', 'list'], {}, 2, /There is no Doorward database here/],
  ['serve without resources', ['serve'], {}, 2, /No resources are configured/],
  ['a config file that is not there', ['serve', '--config', 'none.json'], {}, 2, /'none\.json' cannot be read/],
]
for (const [title, args, env, status, message] of WRONG) {
  test(`${title} ends with status ${status} and one sentence`, async () => {
    const folder = makeFolder()
    const result = await runDoorward(args, { folder, env })
    rmSync(folder, { recursive: true, force: true })
    assert.equal(result.status, status, result.err)
    assert.match(result.err, message)
    assert.doesNotMatch(result.err, /\n\s+at /)
  })
}

test('a mistyped database is no new one, and who reads only the beginning is no failure', async () => {
  const folder = makeFolder()
  const missing = await runDoorward(['events', '--database', 'none.sqlite'], { folder })
  assert.equal(missing.status, 2)
  assert.match(missing.err, /There is no Doorward database at 'none\.sqlite'; check the path, or start/)
  assert.equal(existsSync(join(folder, 'none.sqlite')), false)
  const door = await startDoorward(['dev'], { folder, keep: true })
  for (let i = 0; i < 30; i++) await fetch(`${door.issuer}/nothing-${i}`)
  await waitFor(async () => (await runDoorward(['events', '--json'], { folder })).out.includes('nothing-29'))
  const shell = spawnSync(
    'bash',
    [
      '-c',
      `"${process.execPath}" --conditions=doorward-source "${MAIN}" events --json --limit 1000 | head -1; echo "status \${PIPESTATUS[0]}"`,
    ],
    { cwd: folder, encoding: 'utf8' },
  )
  assert.match(shell.stdout, /status 0/)
  assert.equal(shell.stderr.includes('EPIPE'), false, shell.stderr)
  await door.stop()
  rmSync(folder, { recursive: true, force: true })
})

const TAKEN: readonly [string, unknown, RegExp][] = [
  [
    'a path that we need',
    { resources: [{ name: 'A', path: '/token', upstream: 'http://h/mcp' }] },
    /served at \/token, which this server needs itself/,
  ],
  [
    'one path twice',
    { resources: [1, 2].map(() => ({ name: 'A', path: '/mcp', upstream: 'http://h/mcp' })) },
    /resources\.1 is served at \/mcp, as resources\.0 is/,
  ],
  [
    'scopes without tools',
    { resources: [{ name: 'A', path: '/mcp', upstream: 'http://h/mcp', scopes: { a: 'A', b: 'B' } }] },
    /has several scopes but no tools/,
  ],
  [
    'a scope that contains nothing known',
    {
      resources: [
        { name: 'A', path: '/mcp', upstream: 'http://h/mcp', scopes: { a: { description: 'A', includes: ['nope'] } } },
      ],
    },
    /names the scope 'nope'/,
  ],
  ['a rule of two parts', { policy: { deny: [{ domain: 'a.example', clientId: 'x' }] } }, /policy\.deny\.0/],
  ['a wildcard in the middle', { policy: { deny: [{ domain: 'a.*.example' }] } }, /policy\.deny\.0/],
  [
    'a proxy network that is none',
    { trustedProxies: ['10.0.0.999/8'], resources: [{ name: 'A', path: '/mcp', upstream: 'http://h/mcp' }] },
    /'10\.0\.0\.999\/8' in trustedProxies is no network/,
  ],
  ['a preset that is not there', { policy: { preset: 'lax' } }, /policy\.preset/],
  [
    'an issuer without keys',
    { registration: { statementIssuers: [{ issuer: 'x' }] } },
    /statementIssuers\.0 has to have either jwks or jwksUri/,
  ],
]

const CONFIGS: readonly [string, unknown, RegExp][] = [
  ...TAKEN,
  ['an unknown key', { isuer: 'https://a.example' }, /the key 'isuer' is not known/],
  ['a port that is text', { port: '80' }, /port is "80"/],
  [
    'a gateway without upstream',
    { resources: [{ name: 'A', path: '/mcp' }] },
    /resources\.0 serves \/mcp but has no upstream/,
  ],
  ['neither path nor resource', { resources: [{ name: 'A' }] }, /resources\.0 has to have either path .* or resource/],
  [
    'a scope that is not described',
    {
      resources: [
        { name: 'A', path: '/mcp', upstream: 'http://localhost:1/mcp', scopes: { a: 'A' }, tools: { t: ['b'] } },
      ],
    },
    /names the scope 'b', which its scopes do not describe/,
  ],
  [
    'a scope that writes by what it contains, and is said to read',
    {
      resources: [
        {
          name: 'A',
          resource: 'https://a.example/mcp',
          scopes: {
            all: { description: 'All', access: 'read', includes: ['w'] },
            w: { description: 'W', access: 'write' },
          },
        },
      ],
    },
    /has the scope 'all', which contains one with the access 'write'/,
  ],
  [
    'nothing to hide tools by',
    { resources: [{ name: 'A', path: '/mcp', upstream: 'http://localhost:1/mcp', hideTools: true }] },
    /resources\.0 has hideTools, which goes with path and tools only; add them, or remove it/,
  ],
]
for (const [title, config, message] of CONFIGS) {
  test(`a config with ${title} is refused by key, value and mend`, async () => {
    const folder = makeFolder()
    writeFileSync(join(folder, 'doorward.config.json'), JSON.stringify(config))
    const result = await runDoorward(['serve'], { folder, env: { DOORWARD_PORT: '0' } })
    rmSync(folder, { recursive: true, force: true })
    assert.equal(result.status, 2)
    assert.match(result.err, message)
  })
}

test('serve runs from its config file, and the root metadata is silent where two servers are served [q19]', async (context) => {
  const folder = makeFolder()
  const upstream = `http://127.0.0.1:${await freePort()}/mcp`
  const resources = [
    { name: 'A', path: '/a/mcp', upstream, scopes: { 'a:read': 'Read A' } },
    { name: 'B', path: '/b/mcp', upstream },
  ]
  writeFileSync(join(folder, 'doorward.config.json'), JSON.stringify({ port: 0, resources }))
  const served = await startDoorward(['serve'], { folder })
  context.after(() => served.stop())
  const prm = (path: string) => fetch(`${served.issuer}/.well-known/oauth-protected-resource${path}`)
  assert.equal(((await (await prm('/a/mcp')).json()) as { resource: string }).resource, `${served.issuer}/a/mcp`)
  assert.equal(((await (await prm('/b/mcp')).json()) as { resource: string }).resource, `${served.issuer}/b/mcp`)
  assert.equal((await prm('')).status, 404)
  const { listening } = JSON.parse(served.printed()[0] ?? '') as { listening: string }
  assert.equal(listening, served.issuer.replace('localhost', '127.0.0.1'))
  // Once, though two are served by it.
  await waitFor(async () => served.said().split(`Note: nothing answers at ${upstream} yet`).length === 2)
  // It is said on another stream than the line of which the start was told.
  await waitFor(async () => /Nobody can sign in yet; add a person with/.test(served.said()))
  assert.equal(await served.stop(), 0)
})

/** What `serve` says until it has said that nobody can sign in. */
async function saidByServe(config: object): Promise<string> {
  const folder = makeFolder()
  const resources = [{ name: 'A', resource: 'https://a.example/mcp' }]
  writeFileSync(join(folder, 'doorward.config.json'), JSON.stringify({ resources, ...config }))
  const child = spawn(process.execPath, ['--conditions=doorward-source', MAIN, 'serve'], {
    cwd: folder,
    env: { ...cleanEnvironment(), DOORWARD_PORT: '0' },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  await waitFor(async () => said.includes('Nobody can sign in yet'))
  child.kill('SIGTERM')
  await once(child, 'close')
  rmSync(folder, { recursive: true, force: true })
  return said
}

test('serve says where it listens, and that nobody ends TLS where its issuer needs somebody to', async () => {
  const said = await saidByServe({ issuer: 'https://door.example' })
  assert.match(
    said,
    /as https:\/\/door\.example, listening at http:\/\/127\.0\.0\.1:\d+ \(database doorward\.sqlite\)\.\n/,
  )
  assert.match(
    said,
    /Note: it speaks plain http; have a proxy end TLS for https:\/\/door\.example in front of it, or set "tls"/,
  )
})

test('serve says so where its issuer on this computer has another port than it listens at, and is silent where it has the same', async () => {
  const said = await saidByServe({ issuer: 'http://localhost:1' })
  assert.match(
    said,
    /Note: clients come to http:\/\/localhost:1, and it listens at http:\/\/127\.0\.0\.1:\d+; .*same port/,
  )
  assert.doesNotMatch(await saidByServe({}), /same port/)
})

test('serve says where it asks for client certificates', async (context) => {
  const maker = certificateMaker()
  context.after(() => maker.remove())
  const { certFile: certificate, keyFile: key } = maker.makeServer('localhost', maker.makeAuthority('Servers'))
  const said = await saidByServe({ tls: { certificate, key }, mtls: { port: 0, host: '::1' } })
  assert.match(
    said,
    /listening at https:\/\/127\.0\.0\.1:\d+, for client certificates at https:\/\/\[::1\]:[1-9]\d* \(database doorward\.sqlite\)\.\n/,
  )
})

for (const command of ['dev', 'protect', 'serve']) {
  test(`the help of ${command} tells how to change its port, host, issuer, database and secret`, async () => {
    const { status, out } = await runDoorward([command, '--help'], { folder: door.folder })
    assert.equal(status, 0)
    for (const name of ['PORT', 'HOST', 'ISSUER', 'DATABASE', 'SECRET'])
      assert.match(out, new RegExp(`^  DOORWARD_${name} +\\S`, 'm'))
  })
}

test('a host that is no address of this machine is said with the setting of either listener', async () => {
  const folder = makeFolder()
  const { status, err } = await runDoorward(['dev'], {
    folder,
    env: { DOORWARD_PORT: '0', DOORWARD_HOST: '192.0.2.1' },
  })
  rmSync(folder, { recursive: true, force: true })
  assert.equal(status, 2)
  assert.match(
    err,
    /The host '192\.0\.2\.1' is not an address .*; set DOORWARD_HOST \(or mtls\.host for client certificates\)/,
  )
})

test('a port in use is said with its mend', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const folder = makeFolder()
  const result = await runDoorward(['dev'], { folder, env: { DOORWARD_PORT: String(port) } })
  rmSync(folder, { recursive: true, force: true })
  other.close()
  assert.equal(result.status, 1)
  assert.match(result.err, new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is in use; .*DOORWARD_PORT=${port + 1}`))
})
