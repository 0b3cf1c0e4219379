import { type ChildProcess, execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startPostgres, type TestPostgres } from '../packages/doorward/src/testing/postgres.ts'
import { CALLERS, codeFlow, expect, FORM, JSON_TYPE, type Ready, registration, signIn, type Tokens } from './flows.ts'
import { cpuMilliseconds, familyMilliseconds, type Load, type Send, sender, startPinned } from './load.ts'
import { type Browser, type Dialect, type PeerReady, peerFlow, peerRegistration } from './peer-flows.ts'

/** In the order in which they are measured: the memory of oidc-provider keeps a thousand entries, and new clients push the others out. */
export const OPERATIONS = [
  'metadata',
  'code flow',
  'refresh',
  'client credentials',
  'introspection',
  'registration',
] as const
export type Operation = (typeof OPERATIONS)[number]

/** Somebody in the race: what it can be asked for, and why not for the rest. */
export interface Contender {
  readonly name: string
  /** Whether what it answered survives a power cut. */
  readonly isDurable: boolean
  readonly operations: Partial<Record<Operation, Load>>
  readonly missing: Partial<Record<Operation, string>>
  /** Refreshes by so many callers over connections of their own. */
  refreshing?(callers: number): Load['operation']
  stop(): Promise<void>
}

const MAIN = new URL('../packages/doorward/bin/doorward.js', import.meta.url).pathname
const BARE = new URL('./bare.ts', import.meta.url).pathname
const PEERS = new URL('./peers/', import.meta.url).pathname

/** The floor: for each operation what cannot be left out of it. */
export async function floor(folder: string): Promise<Contender> {
  const { process: child, ready } = await startPinned<{ port: number }>([
    process.execPath,
    BARE,
    join(folder, 'bare.sqlite'),
  ])
  const origin = `http://127.0.0.1:${ready.port}`
  const send = sender(origin, CALLERS)
  const load = (operation: Load['operation']): Load => ({ pid: child.pid as number, callers: CALLERS, operation })
  const signing =
    (by: Send): Load['operation'] =>
    async (caller) =>
      expect(await by('POST', '/refresh', `grant=g${caller}`, FORM))
  const sign = signing(send)
  const commit = async (): Promise<void> => expect(await send('POST', '/commit', registration('Bench'), JSON_TYPE))
  return {
    name: 'floor',
    isDurable: true,
    operations: {
      metadata: load(async () => expect(await send('GET', '/http'))),
      registration: load(commit),
      // Three exchanges: one only answers, one keeps what was agreed to, one uses it up and signs.
      'code flow': load(async (caller) => {
        expect(await send('GET', '/http'))
        await commit()
        await sign(caller)
      }),
      refresh: load(sign),
      'client credentials': load(async () => expect(await send('POST', '/sign', 'grant_type=x', FORM))),
      introspection: load(async () => expect(await send('POST', '/verify', 'token=x', FORM))),
    },
    missing: {},
    refreshing: (callers) => signing(sender(origin, callers)),
    stop: async () => void child.kill(),
  }
}

/** Whatever happens to the benchmark, its database does not outlive it. */
export function endWithUs(postgres: TestPostgres): void {
  process.once('exit', () => {
    try {
      process.kill(postgres.pid(), 'SIGKILL')
    } catch {
      // It has ended, as it should have.
    }
  })
}

/** Doorward as it is installed, on an empty database of either engine. */
export async function doorward(folder: string, engine: 'SQLite' | 'PostgreSQL'): Promise<Contender> {
  const cwd = join(folder, `doorward-${engine}`)
  mkdirSync(cwd)
  const postgres = engine === 'PostgreSQL' ? await startPostgres() : undefined
  if (postgres !== undefined) endWithUs(postgres)
  const database = await postgres?.fresh()
  const env = {
    DOORWARD_PORT: '0',
    ...(database === undefined
      ? {}
      : { DOORWARD_DATABASE: database, DOORWARD_SECRET: randomBytes(32).toString('base64') }),
  }
  const door = await startPinned<Ready>([MAIN, 'dev', '--json'], { cwd, env })
  const origin = door.ready.issuer
  const send = sender(origin, CALLERS)
  const load = (operation: Load['operation']): Load => ({
    pid: door.process.pid as number,
    beside: postgres && (() => familyMilliseconds(postgres.pid())),
    callers: CALLERS,
    operation,
  })
  const client = await registered(send, '/register', registration('Bench'))
  const session = await signIn(send, client, door.ready)
  const words = ['client', 'add', '--id', 'robot', '--grant', 'client_credentials', '--auth', 'client_secret_post']
  const where = ['--scope', 'door:knock', '--database', database ?? door.ready.database, '--json']
  const { stdout } = await promisify(execFile)(MAIN, [...words, ...where], { cwd, env: { ...process.env, ...env } })
  const robot = { id: 'robot', secret: (JSON.parse(stdout) as { client_secret: string }).client_secret }
  const to: Asked = {
    metadata: '/.well-known/oauth-authorization-server',
    register: '/register',
    token: '/token',
    introspect: '/introspect',
    client,
    flow: () => codeFlow(send, client, session),
    registration,
    robot,
    resource: undefined,
  }
  return {
    name: `Doorward, ${engine}`,
    isDurable: true,
    operations: asked(load, send, to),
    missing: {},
    refreshing: (callers) => refreshing(sender(origin, callers), to),
    stop: async () => {
      door.process.kill()
      await postgres?.stop()
    },
  }
}

/** A program of `bench/peers`. */
export async function peer(
  name: string,
  words: readonly string[],
  of: {
    dialect: Dialect
    isDurable: boolean
    missing?: Contender['missing']
    beside?: ChildProcess
    /** Its tokens for a resource cannot be introspected; the others can. */
    introspectsOpaque?: boolean
  },
): Promise<Contender> {
  const [program = '', ...rest] = words
  const { process: child, ready } = await startPinned<PeerReady>([process.execPath, join(PEERS, program), ...rest])
  const { dialect } = of
  const send = sender(ready.origin, CALLERS)
  const beside = of.beside
  const load = (operation: Load['operation']): Load => ({
    pid: child.pid as number,
    beside: beside && (() => cpuMilliseconds(beside.pid as number)),
    callers: CALLERS,
    operation,
  })
  const client = await registered(send, dialect.register, peerRegistration('Bench'))
  // Each caller is a browser of its own: two flows of one session at once disturb each other in oidc-provider.
  const browsers: Browser[] = []
  for (let i = 0; i < CALLERS; i++) browsers.push(await dialect.signIn(send, client, ready))
  return {
    name,
    isDurable: of.isDurable,
    operations: asked(load, send, {
      ...dialect,
      client,
      flow: (caller) => peerFlow(dialect, send, client, ready, browsers[caller] as Browser),
      registration: peerRegistration,
      robot: ready.robot,
      resource: ready.resource,
      introspectsOpaque: of.introspectsOpaque === true,
    }),
    missing: of.missing ?? {},
    stop: async () => {
      child.kill()
      beside?.kill()
    },
  }
}

async function registered(send: Send, path: string, metadata: string): Promise<string> {
  const answer = await send('POST', path, metadata, JSON_TYPE)
  expect(answer, 201)
  return (JSON.parse(answer.body) as { client_id: string }).client_id
}

interface Asked extends Pick<Dialect, 'metadata' | 'register' | 'token' | 'introspect'> {
  readonly client: string
  readonly flow: (caller: number) => Promise<Tokens>
  readonly registration: (name: string) => string
  readonly robot: PeerReady['robot']
  readonly resource: string | undefined
  readonly introspectsOpaque?: boolean
}

const aimOf = ({ resource }: Asked): string =>
  resource === undefined ? '' : `&resource=${encodeURIComponent(resource)}`

/** Each caller refreshes a grant of its own, over and over. */
function refreshing(send: Send, to: Asked): Load['operation'] {
  const refreshTokens: string[] = []
  return async (caller) => {
    const token = encodeURIComponent(refreshTokens[caller] ?? (await to.flow(caller)).refresh_token)
    const form = `grant_type=refresh_token&client_id=${to.client}&refresh_token=${token}${aimOf(to)}`
    const answer = await send('POST', to.token, form, FORM)
    expect(answer)
    refreshTokens[caller] = (JSON.parse(answer.body) as Tokens).refresh_token
  }
}

/** The same operations of whomever they are asked. */
function asked(load: (operation: Load['operation']) => Load, send: Send, to: Asked): Contender['operations'] {
  let serial = 0
  const aimed = aimOf(to)
  const operations: Contender['operations'] = {
    metadata: load(async () => expect(await send('GET', to.metadata))),
    registration: load(async () =>
      expect(await send('POST', to.register, to.registration(`Bench ${++serial}`), JSON_TYPE), 201),
    ),
    'code flow': load(async (caller) => void (await to.flow(caller))),
    refresh: load(refreshing(send, to)),
  }
  if (to.robot === undefined) return operations
  const asRobot = `client_id=${to.robot.id}&client_secret=${encodeURIComponent(to.robot.secret)}`
  const scope = to.resource === undefined ? '' : '&scope=mcp'
  const credentials = `grant_type=client_credentials&${asRobot}${scope}${aimed}`
  const introspected = to.introspectsOpaque ? `grant_type=client_credentials&${asRobot}${scope}` : credentials
  let question: Promise<string> | undefined
  const ask = async (): Promise<string> => {
    const answer = await send('POST', to.token, introspected, FORM)
    expect(answer)
    return `token=${(JSON.parse(answer.body) as Tokens).access_token}&${asRobot}`
  }
  return {
    ...operations,
    'client credentials': load(async () => expect(await send('POST', to.token, credentials, FORM))),
    introspection: load(async () => {
      question ??= ask()
      const said = await send('POST', to.introspect, await question, FORM)
      expect(said)
      if (!said.body.includes('"active":true'))
        throw new Error(`A token that was just issued is not active: ${said.body}`)
    }),
  }
}
