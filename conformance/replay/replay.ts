import type { Credentials } from '../person.ts'
import { type ReplayClient, STEPS, type StepName } from './client.ts'
import { discover } from './discover.ts'
import { type Facts, unmet } from './expectation.ts'
import { type Registered, register } from './register.ts'
import { argumentsFor, harmless, McpSession } from './session.ts'
import { authorize, exchange, refresh, scopeOf, type Tokens } from './token.ts'
import { Refused, wireOf } from './wire.ts'

export interface Door {
  readonly mcp: string
  /** The issuer that its metadata has to lead to, where that was said. */
  readonly issuer?: string
  readonly person: Credentials
  /** Register dynamically wherever the client can, as for a server that cannot reach its document. */
  readonly dynamically?: boolean
  /** The tool to call; without it one that says of itself that it only reads. */
  readonly tool?: string
}

export interface Step {
  readonly name: StepName
  readonly outcome: 'ok' | 'failed' | 'not reached'
  /** What came back, in a few words. */
  readonly said: string
  readonly status?: number
  readonly error?: string
  readonly description?: string
}

export interface Report {
  readonly client: string
  /** `stopped`: a fault of the client itself was met as it should be. */
  readonly outcome: 'ok' | 'failed' | 'stopped'
  readonly steps: readonly Step[]
  /** What the client got through without, to the harm of its people. */
  readonly notes: readonly string[]
}

/** Walks one client from a bare address to a tool call and a refresh. Never throws for what a server answers. */
export async function replay(known: ReplayClient, door: Door): Promise<Report> {
  const client = door.dynamically ? withoutDocument(known) : known
  const steps: Step[] = []
  const notes: string[] = []
  const wire = wireOf(client)
  const facts: { -readonly [Name in keyof Facts]?: Facts[Name] } = { wire }
  let registered: Registered | undefined

  async function step<T>(name: StepName, act: () => Promise<T>, say: (result: T) => string): Promise<T> {
    const result = await act()
    const said = say(result)
    steps.push({ name, outcome: 'ok', said })
    return result
  }
  async function judge(name: StepName): Promise<void> {
    const [failure] = await unmet(client.expects, name, facts)
    if (failure !== undefined) {
      steps.pop()
      throw new Refused(failure)
    }
    notes.push(...(await unmet(client.prefers ?? [], name, facts)))
  }

  try {
    const found = await step(
      'discover',
      () => discover(client, wire, door.mcp),
      ({ server }) => String(server.issuer),
    )
    facts.found = found
    if (door.issuer !== undefined && withoutSlash(String(found.server.issuer)) !== withoutSlash(door.issuer)) {
      steps.pop()
      throw new Refused(`${door.mcp} leads to ${found.server.issuer} and not to ${door.issuer}`)
    }
    await judge('discover')

    registered = await step(
      'register',
      () => register(client, wire, found, scopeOf(client, found)),
      ({ how, clientId, method }) => `${how}: ${clientId}, ${method}`,
    )
    const self = registered
    facts.registered = self
    await judge('register')

    const authorized = await step(
      'authorize',
      () => authorize(client, wire, found, self, door.person),
      () => `code at ${self.redirect}`,
    )
    facts.authorized = authorized
    await judge('authorize')

    const tokens = await step('token', () => exchange(client, wire, found, self, authorized), told)
    facts.tokens = tokens
    await judge('token')

    const session = new McpSession(wire, door.mcp, tokens.access)
    await step('initialize', () => session.initialize(client.name), String)
    const tools = await step(
      'tools',
      () => session.tools(),
      (tools) => tools.map(({ name }) => name).join(', '),
    )
    const tool = door.tool === undefined ? harmless(tools) : tools.find(({ name }) => name === door.tool)
    await step(
      'call',
      async () => {
        if (tool === undefined) throw new Refused(`no tool ${door.tool ?? 'says that it only reads; name one'}`)
        return session.call(tool.name, argumentsFor(tool))
      },
      (said) => `${tool?.name}: ${said.slice(0, 80)}`,
    )
    await step(
      'refresh',
      async () => {
        const { refresh: first } = tokens
        if (first === undefined) throw new Refused('the token response has no refresh_token')
        const turn = (token: string) => refresh(client, wire, found, self, token)
        const successors = await Promise.all(Array.from({ length: client.refresh.processes }, () => turn(first)))
        // Whichever process wrote its answer down last decides what all of them use from then on.
        const last = successors.at(-1) as Tokens
        session.useToken(last.access)
        await session.tools()
        return client.refresh.processes === 1 ? last : turn(last.refresh ?? first)
      },
      told,
    )
    return reportOf(client, steps, notes)
  } catch (error) {
    // A URL that is none or a stream that is no JSON: what cannot be read is the server's fault as well.
    const refused = error instanceof Refused ? error : new Refused(`it cannot be read: ${(error as Error).message}`)
    return reportOf(client, steps, notes, refused)
  } finally {
    registered?.document?.close()
  }
}

function withoutDocument(client: ReplayClient): ReplayClient {
  const { registration } = client
  if (registration.kind === 'dynamic' || registration.otherwise === undefined) return client
  return { ...client, registration: registration.otherwise }
}

function withoutSlash(url: string): string {
  return url.replace(/\/$/, '')
}

function told({ answer }: Tokens): string {
  return `${answer.token_type}, ${answer.expires_in} s, scope '${answer.scope}'`
}

function reportOf(
  { name: client, stopped }: ReplayClient,
  done: readonly Step[],
  notes: readonly string[],
  refused?: Refused,
): Report {
  const steps = STEPS.map((name, index): Step => {
    const step = done[index]
    if (step !== undefined) return step
    if (refused === undefined || index > done.length) return { name, outcome: 'not reached', said: '' }
    const { message, status, error, description } = refused
    return {
      name,
      outcome: 'failed',
      said: message,
      ...(status === undefined ? {} : { status }),
      ...(error === undefined ? {} : { error }),
      ...(description === undefined ? {} : { description }),
    }
  })
  if (refused === undefined) return { client, outcome: stopped === undefined ? 'ok' : 'failed', steps, notes }
  const asItShould = stopped !== undefined && STEPS[done.length] === stopped.at && stopped.says.test(refused.message)
  return { client, outcome: asItShould ? 'stopped' : 'failed', steps, notes }
}
