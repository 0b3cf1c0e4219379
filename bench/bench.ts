import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { atTheDoor } from './at-the-door.ts'
import { databaseBytes, rowsOf, storm } from './database.ts'
import { circumstances, isWhole, putSection } from './document.ts'
import {
  authorizePath,
  CALLERS,
  codeFlow,
  expect,
  FORM,
  JSON_TYPE,
  prover,
  REDIRECT,
  type Ready,
  registration,
  rotation,
  signIn,
  type Tokens,
} from './flows.ts'
import { type Load, measure, measureByTurns, residentMegabytes, type Send, sender, startPinned } from './load.ts'
import { type Row, tableOf } from './report.ts'
import { besideSignIns } from './sign-ins.ts'
import { toolCalls } from './tool-call.ts'

const SCALE = Number(process.env.BENCH_SCALE ?? 1)
const MAIN = new URL('../packages/doorward/bin/doorward.js', import.meta.url).pathname
const BARE = new URL('./bare.ts', import.meta.url).pathname
/** Of one application, besides those that are measured. */
const REPEATS = Number(process.env.BENCH_REPEATS ?? 100_000)

const times = (count: number): number => Math.max(50, Math.round(count * SCALE))
const say = (line: string): void => void process.stderr.write(`${line}\n`)
process.setMaxListeners(100)

const told: string[] = []
function tell(lines: string): void {
  told.push(lines)
  process.stdout.write(lines)
}

interface Ceiling {
  readonly name: string
  readonly load: Load
}

type MakeRow = (name: string, operations: number, operation: Load['operation'], ceiling: Ceiling) => Promise<Row>

const folder = mkdtempSync(join(tmpdir(), 'doorward-bench-'))
try {
  await bench()
  if (isWhole) putSection('main', `\`npm run bench\`, ${circumstances()}.\n\n\`\`\`\n${told.join('').trim()}\n\`\`\``)
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
  // One that only answers, one that keeps what was agreed to, one that uses it up and signs.
  const threeExchanges = ceiling('3 exchanges', async (caller) => {
    for (const path of ['/http', '/commit']) expect(await bareSend('GET', path))
    expect(await bareSend('POST', '/refresh', `grant=g${caller}`, FORM))
  })
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
  const send = sender(door.ready.issuer, CALLERS)
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
  const { refresh } = await rotation(send, client, session)
  const rotations = await row('refresh rotation', 20_000, refresh, unavoidable)
  // The callers of both sides make a proof for each request: what that costs them is no part of what is compared.
  const prove = prover(door.ready.issuer)
  const bound = ceiling('verify + sign + commit', async (caller) =>
    expect(await bareSend('POST', '/bound', `grant=g${caller}`, { ...FORM, ...prove() })),
  )
  const proven = await rotation(send, client, session, prove)
  const boundRotations = await row('refresh with DPoP', 10_000, proven.refresh, bound)
  await row(
    'code flow, signed in',
    2_000,
    async () => {
      await codeFlow(send, client, session)
    },
    threeExchanges,
  )

  const robot = await makeRobot(door.ready.database)
  const asRobot = `client_id=robot&client_secret=${robot}`
  const credentials = `grant_type=client_credentials&${asRobot}`
  const signed = ceiling('sign', async () => expect(await bareSend('POST', '/sign', credentials, FORM)))
  await row('client credentials', 10_000, async () => expect(await send('POST', '/token', credentials, FORM)), signed)
  const { access_token } = JSON.parse((await send('POST', '/token', credentials, FORM)).body) as Tokens
  const question = `token=${access_token}&${asRobot}`
  const verified = ceiling('verify', async () => expect(await bareSend('POST', '/verify', question, FORM)))
  await row('introspection', 10_000, async () => expect(await send('POST', '/introspect', question, FORM)), verified)

  const calls = await toolCalls(MAIN, BARE, folder, times(10_000))
  rows.push(calls.row, ...(await atTheDoor(times(10_000))))
  bare.process.kill()
  const ended = once(door.process, 'exit')
  door.process.kill()
  await ended

  tell(`\n${tableOf(rows)}\n\n`)
  tell(`${calls.line}\n`)
  tell(
    `cold start                    ${Math.min(...starts).toFixed(0)} ms best, ${starts.sort((a, b) => a - b)[2]?.toFixed(0)} ms median (aim: 300)\n`,
  )
  tell(`resident after ${times(100_000)} rotations  ${(await residentAfterRotations()).toFixed(0)} MB (aim: 120)\n`)
  const ofCeiling = (repeated.measured.perSecond / repeated.ceiling.perSecond) * 100
  tell(`registration, repeated        ${ofCeiling.toFixed(0)} % of what a bare HTTP POST reaches (aim: 70)\n`)
  tell(
    `${times(REPEATS) + times(10_000)} repeated registrations of one application add ${rowsOf(database, 'Bench')} row and ${afterSame - before} bytes (aim: 1 row in all)\n`,
  )
  tell(`${await besideSignIns(MAIN, mkdtempSync(join(folder, 'people-')), times(10_000))}\n`)
  tell(`${await storm(folder, times(100_000))}\n`)
  tell(`10,000 distinct registrations take ${(perDistinct / 1024).toFixed(0)} KiB\n`)
  tell(
    `refresh rotation: ${(rotations.measured.cpuMilliseconds / rotations.ceiling.cpuMilliseconds).toFixed(2)} times the CPU of the unavoidable work (aim: 2)\n`,
  )
  const share = (boundRotations.measured.perSecond / boundRotations.ceiling.perSecond) * 100
  tell(`refresh with DPoP             ${share.toFixed(0)} % of what its unavoidable work reaches (aim: 60)\n`)
}

/** A program that asks for itself, registered as an operator does; its secret. */
async function makeRobot(database: string): Promise<string> {
  const words = ['client', 'add', '--id', 'robot', '--grant', 'client_credentials', '--auth', 'client_secret_post']
  const all = [...words, '--scope', 'door:knock', '--database', database, '--json']
  const { stdout } = await promisify(execFile)(MAIN, all, { cwd: folder })
  return (JSON.parse(stdout) as { client_secret: string }).client_secret
}

/** In a process that did nothing else. */
async function residentAfterRotations(): Promise<number> {
  const cwd = join(folder, 'rotations')
  mkdirSync(cwd)
  const door = await startPinned<Ready>([MAIN, 'dev', '--json'], { cwd, env: { DOORWARD_PORT: '0' } })
  const send = sender(door.ready.issuer, CALLERS)
  const registered = await send('POST', '/register', registration('Bench'), JSON_TYPE)
  const { client_id } = JSON.parse(registered.body) as { client_id: string }
  const pid = door.process.pid as number
  const { refresh } = await rotation(send, client_id, await signIn(send, client_id, door.ready))
  await measure({ pid, callers: CALLERS, operation: refresh }, times(100_000))
  const resident = residentMegabytes(pid)
  door.process.kill()
  return resident
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
