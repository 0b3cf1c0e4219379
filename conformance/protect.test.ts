import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { certificateMaker } from '@doorward/core/testing/certificates'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { accessToken, ask, startBehind } from './behind.ts'
import { type Doorward, runDoorward, startDoorward, waitFor } from './doorward.ts'

let behind: Awaited<ReturnType<typeof startBehind>>
let door: Doorward
let token: string
before(async () => {
  behind = await startBehind()
  door = await startDoorward(['protect', behind.url])
  // What `protect` asked at its start.
  ;(await behind.next()).response.writeHead(405).end()
  token = await accessToken(door)
})
after(async () => {
  await door?.stop()
  behind?.stop()
})

function certificate() {
  const maker = certificateMaker()
  try {
    return maker.make({ subject: '/CN=localhost' })
  } finally {
    maker.remove()
  }
}

const html = (status: number): RequestListener => {
  return (_, response) => void response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>Hello</h1>')
}
/** What stands behind at the start, and what is said of it to the operator. */
const STARTS: readonly [string, RequestListener | undefined, RegExp, { asked: string; spoken?: 'https' }?][] = [
  [
    'where nothing listens',
    undefined,
    /^Note: nothing answers at \S+\/mcp yet; start it, the door does not have to be/,
  ],
  ['that answers 404', html(404), /^Note: \S+\/mcp answers 404; check its path\.\n/],
  ['that is a web page', html(200), /^Note: \S+\/mcp answers with a web page; check its path\.\n/],
  [
    'that guards itself',
    (_, response) => void response.writeHead(401, { 'www-authenticate': 'Bearer' }).end(),
    /^Note: \S+\/mcp asks for an authorization of its own; turn that off, the gateway does it\.\n/,
  ],
  ['that answers as MCP servers do', (_, response) => void response.writeHead(405).end(), /^(?!.*Note:)/s],
  [
    'with a certificate that nobody vouches for',
    html(200),
    /^Note: https:\S+\/mcp has a certificate that is not trusted here \(DEPTH_ZERO_SELF_SIGNED_CERT\);.* NODE_EXTRA_CA_CERTS/,
    { asked: 'https://127.0.0.1', spoken: 'https' },
  ],
  [
    'with http and not https',
    html(200),
    /^Note: https:\S+\/mcp does not speak https \(ERR_SSL_\w+\); give its address with http\.\n/,
    { asked: 'https://127.0.0.1' },
  ],
  [
    'with https and not http',
    html(200),
    /^Note: http:\S+\/mcp speaks https and not http; give its address with https\.\n/,
    { asked: 'http://127.0.0.1', spoken: 'https' },
  ],
  [
    'by a name that nobody has',
    undefined,
    /^Note: http:\S+\/mcp has a name that does not resolve here \((ENOTFOUND|EAI_AGAIN)\); check its address\.\n/,
    { asked: 'http://nosuch.invalid' },
  ],
  // It may have much to do at its own start.
  ['that listens and says nothing', () => undefined, /^(?!.*Note:)/s],
]
for (const [title, listener, note, { asked = 'http://127.0.0.1', spoken } = {}] of STARTS) {
  test(`protect starts before an address ${title}, and says so or has nothing to say`, async () => {
    const server = listener && (spoken === 'https' ? createTlsServer(certificate(), listener) : createServer(listener))
    const port = await new Promise<number>((resolve) => {
      if (server === undefined) resolve(freePort())
      else server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
    })
    const started = await startDoorward(['protect', `${asked}:${port}/mcp`])
    try {
      await waitFor(async () => note.test(started.said()))
      assert.equal((await fetch(started.mcp, { method: 'POST' })).status, 401)
      assert.match(started.said(), note)
    } finally {
      await started.stop()
      server?.close().closeAllConnections()
    }
  })
}

/** Finds the event by the reference in the answer, once it is written. */
async function isTold(answer: string, reason: string): Promise<void> {
  const [, ref = ''] = /\(ref (\w+)\)/.exec(answer) ?? []
  await waitFor(async () => {
    const { out } = await runDoorward(['events', '--json', '--ref', ref], { folder: door.folder })
    return out.includes(`"reason":"${reason}"`)
  }, 10)
}

const bytes = (...parts: (string | number)[]) =>
  new Uint8Array(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...Buffer.from(part)])))
const BROKEN: readonly [string, string | Uint8Array, Record<string, string>, number, string][] = [
  ['broken JSON', '{', {}, 400, 'json_malformed'],
  ['JSON nested five thousand deep', `${'['.repeat(5000)}${']'.repeat(5000)}`, {}, 400, 'json_too_deep'],
  ['a byte that is no UTF-8', bytes('{"jsonrpc":"2.0","id":1,"method":"p', 0xff, '"}'), {}, 400, 'json_malformed'],
  ['a member twice', '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}', {}, 400, 'json_ambiguous'],
  ['a compressed body', '{}', { 'content-encoding': 'gzip' }, 415, 'encoded_body'],
  ['another charset', '{}', { 'content-type': 'application/json; charset=utf-16' }, 415, 'wrong_content_type'],
]
for (const [title, body, headers, status, reason] of BROKEN) {
  test(`${title} ends at the door of a server whose tools have no scopes, with its reason in the events [doorward-one-reading]`, async () => {
    const response = await ask(door, token, { body, headers })
    assert.equal(response.status, status)
    const answer = await response.text()
    assert.match(answer, new RegExp(`^\\{"jsonrpc":"2.0","id":null,"error":.*\\[${reason}\\]`))
    assert.equal(behind.untaken(), 0)
    await isTold(answer, reason)
  })
}

test('nonsense behind the door is told for what it is, whatever it is labelled, and the next answer comes through [doorward-upstream-errors]', async () => {
  const ping = { body: { jsonrpc: '2.0', id: 9, method: 'ping' } }
  for (const [type, text] of [
    ['application/json', 'this is not json <b>'],
    ['application/json', '{"status":"ok"}'],
    ['text/html', '<h1>Hello</h1>'],
  ] as const) {
    const asked = ask(door, token, ping)
    ;(await behind.next()).response.writeHead(200, { 'content-type': type }).end(text)
    const answer = await asked
    assert.equal(answer.status, 502)
    const told = await answer.text()
    assert.match(told, /^\{"jsonrpc":"2.0","id":9,"error":\{"code":-32010,.*\[upstream_nonsense\]/)
    await isTold(told, 'upstream_nonsense')
  }
  const asked = ask(door, token, ping)
  const written = '{ "jsonrpc": "2.0", "id": 9, "result": {} }'
  ;(await behind.next()).response.writeHead(200, { 'content-type': 'application/json' }).end(written)
  const answer = await asked
  assert.deepEqual([answer.status, await answer.text()], [200, written])
  assert.equal(answer.headers.get('content-length'), String(written.length))
})
