// The proxy of docs/mtls.md as it stands there, in a real nginx: what it lets through is what the documentation says.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { certificateMaker, type Pair } from '@doorward/core/testing/certificates'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { type Doorward, makeFolder, runDoorward, startDoorward, waitFor } from './doorward.ts'

const HOSTS = ['mcp.example.com', 'mtls.example.com'] as const
const maker = certificateMaker()
const partners = maker.makeAuthority('Partners')
const tls = maker.makeServer('*.example.com', maker.makeAuthority('Servers'))
const bank = maker.make({ subject: '/O=Bank/CN=app', by: partners })
const thief = maker.make({ subject: '/O=Thief/CN=app', by: partners })

let door: Doorward
let nginx: ChildProcess
let port: number
before(async () => {
  port = await freePort()
  const folder = makeFolder()
  const behind = await freePort()
  writeFileSync(
    join(folder, 'doorward.config.json'),
    JSON.stringify({
      issuer: `https://mcp.example.com:${port}`,
      mtls: {
        header: { name: 'x-client-cert', format: 'url-encoded-pem' },
        origin: `https://mtls.example.com:${port}`,
        authorities: [partners.certFile],
      },
      trustedProxies: ['127.0.0.0/8'],
      resources: [{ name: 'Notes', path: '/mcp', upstream: 'http://127.0.0.1:1/mcp', scopes: { read: 'Read' } }],
      clients: [
        {
          id: 'bank',
          grantTypes: ['client_credentials'],
          authentication: 'tls_client_auth',
          certificate: { subjectDn: 'CN=app,O=Bank' },
          scope: 'read',
        },
      ],
    }),
  )
  door = await startDoorward(['serve'], { folder, env: { DOORWARD_PORT: String(behind) } })
  nginx = await startNginx(makeFolder(), behind)
})
after(async () => {
  nginx?.kill()
  await door?.stop()
  maker.remove()
})

/** With the sample of the documentation; only ports and files are other ones. */
async function startNginx(folder: string, behind: number): Promise<ChildProcess> {
  const page = readFileSync(new URL('../docs/mtls.md', import.meta.url), 'utf8')
  const sample = /```nginx\n([\s\S]+?)```/.exec(page)?.[1] ?? assert.fail('the documentation has no sample')
  const here = sample
    .replaceAll('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
    .replaceAll('http://127.0.0.1:8080', `http://127.0.0.1:${behind}`)
    .replaceAll('/etc/nginx/tls.pem', tls.certFile)
    .replaceAll('/etc/nginx/tls.key', tls.keyFile)
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  for (const name of paths) mkdirSync(join(folder, name))
  const temporary = paths.map((name) => `${name}_temp_path ${join(folder, name)};`).join('\n')
  const rest = `access_log off;\n${temporary}\n${here}`
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off;\nmaster_process off;\npid ${join(folder, 'nginx.pid')};\nerror_log stderr;\nevents {}\nhttp {\n${rest}}\n`,
  )
  const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr']
  const started = spawn('nginx', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  started.stderr?.on('data', (chunk) => {
    said += String(chunk)
  })
  await waitFor(async () => {
    if (started.exitCode !== null) assert.fail(`nginx ended: ${said}`)
    const socket = connect(port, '127.0.0.1')
    const [isOpen] = await Promise.race([once(socket, 'connect').then(() => [true]), once(socket, 'error')])
    socket.destroy()
    return isOpen === true
  })
  return started
}

/** A token as the bank, at one of both hosts, with whatever certificate and header. */
async function ask(
  host: string,
  { pair, headers = {}, client = 'bank' }: { pair?: Pair; headers?: object; client?: string } = {},
) {
  const asked = request({
    host: '127.0.0.1',
    port,
    path: '/token',
    method: 'POST',
    servername: host,
    rejectUnauthorized: false,
    agent: false,
    headers: { host: `${host}:${port}`, 'content-type': 'application/x-www-form-urlencoded', ...headers },
    ...(pair === undefined ? {} : { cert: pair.cert, key: pair.key }),
  })
  asked.end(`grant_type=client_credentials&client_id=${client}`)
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  const body = JSON.parse(Buffer.concat(await answer.toArray()).toString('utf8')) as Record<string, string>
  return answer.statusCode === 200 ? 'let in' : /\[(\w+)\]/.exec(body.error_description ?? '')?.[1]
}

test('behind the nginx of the documentation a client is known by its certificate, at the host for that alone [doorward-mtls-header]', async () => {
  assert.equal(await ask('mtls.example.com', { pair: bank }), 'let in')
  assert.equal(await ask('mtls.example.com', { pair: thief }), 'certificate_of_somebody_else')
  assert.equal(await ask('mtls.example.com'), 'certificate_missing')
  assert.equal(await ask('mcp.example.com', { pair: bank }), 'certificate_missing')
})

for (const host of HOSTS) {
  for (const name of ['x-client-cert', 'X-Client-Cert', 'x_client_cert']) {
    test(`a header ${name} that a client makes up counts for nothing at ${host} [doorward-mtls-header, rfc8705-6.5]`, async () => {
      const headers = { [name]: encodeURIComponent(bank.cert) }
      assert.equal(await ask(host, { headers }), 'certificate_missing')
      const withOwn = host === 'mtls.example.com' ? 'certificate_of_somebody_else' : 'certificate_missing'
      assert.equal(await ask(host, { headers, pair: thief }), withOwn)
    })
  }
}

test('limits and events go by the caller behind the nginx of the documentation, whatever they say of themselves [doorward-mtls-header]', async () => {
  const headers = { 'x-forwarded-for': '203.0.113.9' }
  assert.equal(await ask('mtls.example.com', { headers, client: 'nobody' }), 'client_unknown')
  const told = async () => {
    const { out } = await runDoorward(['events', '--json'], { folder: door.folder })
    const events = out.split('\n').filter((line) => line.includes('"client_unknown"'))
    return events.map((line) => (JSON.parse(line) as { network: string }).network)
  }
  await waitFor(async () => (await told()).length > 0, 20)
  assert.deepEqual(await told(), ['127.0.0.0/24'])
})
