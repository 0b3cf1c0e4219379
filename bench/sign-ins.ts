import { existsSync } from 'node:fs'
import { CALLERS, expect, FORM, JSON_TYPE, type Ready, registration, rotation, signIn } from './flows.ts'
import { type Measured, measure, type Send, sender, startPinned } from './load.ts'

const SIGN_INS_PER_SECOND = 50
const BROWSERS = 20
const TURNS = 5
/** Hashing runs on threads of its own, which is worth nothing where there is one core. */
const CORES = '0,1'

/** `/token` alone and with sign-ins beside it, each an Argon2id hash, in turns. */
export async function besideSignIns(command: string, folder: string, operations: number): Promise<string> {
  const door = await startPinned<Ready>([command, 'dev', '--json'], {
    cwd: folder,
    env: { DOORWARD_PORT: '0' },
    cores: CORES,
  })
  const origin = door.ready.issuer
  const send = sender(origin, CALLERS)
  const registered = await send('POST', '/register', registration('Bench'), JSON_TYPE)
  const client = (JSON.parse(registered.body) as { client_id: string }).client_id
  const people = await browsersOf(sender(origin, BROWSERS), client, door.ready)
  const { refresh } = await rotation(send, client, people[0]?.cookie ?? '')
  const load = { pid: door.process.pid as number, callers: CALLERS, operation: refresh }
  await measure(load, operations / TURNS)
  const quiet: Measured[] = []
  const busy: Measured[] = []
  const said: number[] = []
  let seconds = 0
  for (let turn = 0; turn < TURNS; turn++) {
    quiet.push(await measure(load, operations / TURNS))
    const started = performance.now()
    const stop = signingIn(sender(origin, SIGN_INS_PER_SECOND), people, (status) => said.push(status))
    busy.push(await measure(load, operations / TURNS))
    seconds += (performance.now() - started) / 1000
    await stop()
  }
  door.process.kill()
  const middle = (of: readonly Measured[]) =>
    of.map(({ p99Milliseconds }) => p99Milliseconds).sort((a, b) => a - b)[Math.floor(TURNS / 2)] ?? 0
  const done = said.filter((status) => status === 303).length
  return `/token p99 ${middle(quiet).toFixed(0)} ms alone, ${middle(busy).toFixed(0)} ms with ${(said.length / seconds).toFixed(0)} sign-ins begun a second beside it (${done} of ${said.length} let in, the others told to wait); cores ${existsSync('/usr/bin/taskset') ? CORES : 'all'}`
}

interface SignedIn {
  readonly cookie: string
  readonly form: string
}

/** Browsers that were here before: strangers from one network would be held back long before the processor is busy. */
async function browsersOf(send: Send, client: string, ready: Ready): Promise<readonly SignedIn[]> {
  const people: SignedIn[] = []
  for (let i = 0; i < BROWSERS; i++) {
    const cookie = await signIn(send, client, ready)
    const page = await send('GET', '/sign-in', undefined, { cookie })
    expect(page)
    const request = /name="request" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    people.push({ cookie, form: new URLSearchParams({ request, ...ready.operator }).toString() })
  }
  return people
}

/** Starts one every so often, whether those before have ended or not, as people do. */
function signingIn(send: Send, people: readonly SignedIn[], say: (status: number) => void): () => Promise<void> {
  const running: Promise<void>[] = []
  const started = performance.now()
  // A timer of a busy process is late: what it owes is started together.
  const timer = setInterval(() => {
    while (running.length < ((performance.now() - started) / 1000) * SIGN_INS_PER_SECOND) {
      const { cookie, form } = people[running.length % people.length] as SignedIn
      running.push(send('POST', '/sign-in', form, { ...FORM, cookie }).then(({ status }) => say(status)))
    }
  }, 1000 / SIGN_INS_PER_SECOND)
  return async () => {
    clearInterval(timer)
    await Promise.all(running)
  }
}
