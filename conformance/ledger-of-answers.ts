// Applications under load that write down each answer, and the auditor who holds the server to what it answered.
import assert from 'node:assert/strict'
import type { Answer, Fleet } from './fleet.ts'

const FAMILIES = 8
const REVOKED = 2
const CODES = 4
const PAUSE_MILLISECONDS = 50
/** Two seconds until a connection is doubted, five until another could not be had; and a busy machine. */
export const FIRST_REFUSAL_MILLISECONDS = 12_000
/** Less than it takes to try a connection: nobody waits for that any more, or nobody has to. */
export const REFUSAL_MILLISECONDS = 4000

type Standing = 'not asked' | 'asked' | 'answered'

/** What one application was told of one grant. */
interface Family {
  /** The newest first. Each but the first is spent. */
  readonly refresh: string[]
  access: string
  revoked: Standing
  answers: number
}

interface Code {
  readonly code: string
  spent: Standing
  refresh: string
}

export interface LedgerOptions {
  /** So many applications also call the MCP server, through the gateway of each node in turn. */
  readonly callers?: number
}

export interface LedgerOfAnswers extends AsyncDisposable {
  /** Ends when each application has had new tokens since it was called, and each of these nodes, or of all, has given some. */
  readonly goesOn: (nodes?: readonly number[]) => Promise<void>
  /** Ends when each application was refused since it was called. */
  readonly isRefused: () => Promise<void>
  /** Uses up the codes that are left, or half of them, and takes grants back likewise, as soon as the server lets it. */
  readonly redeemAndRevoke: (share?: 'half' | 'all') => Promise<void>
  /** Meanwhile nobody may listen at this node, and its connections may break off; at any other time and node that is a breach. */
  readonly whileGone: (node: number, work: () => Promise<void>) => Promise<void>
  readonly end: () => Promise<void>
  /** How many calls were let through so far. */
  readonly called: () => number
  /** Of the refusals since it was asked last; slowest of what was asked since then. However early, none may take longer than the first. */
  readonly refusals: () => { count: number; slowest: number }
  /** Everything that was answered, held against what the server says now. */
  readonly audit: () => Promise<void>
  readonly families: readonly Family[]
  readonly codes: readonly Code[]
}

export const refresh = (fleet: Fleet, node: number, token: string) =>
  fleet.ask(node, '/token', { grant_type: 'refresh_token', refresh_token: token })

/** Connects applications, which from then on refresh without an end, each at another node every time. */
export async function openLedger(fleet: Fleet, { callers = 2 }: LedgerOptions = {}): Promise<LedgerOfAnswers> {
  const families: Family[] = []
  for (let i = 0; i < FAMILIES; i++) {
    const { status, body } = await fleet.redeem(i % fleet.size, await fleet.code())
    assert.equal(status, 200, JSON.stringify(body))
    families.push({ ...tokensOf(body), revoked: 'not asked', answers: 0 })
  }
  const codes: Code[] = []
  for (let i = 0; i < CODES; i++) codes.push({ code: await fleet.code(), spent: 'not asked', refresh: '' })

  const refused = { count: 0, slowest: 0 }
  let since = 0
  const refusedOf = new Map<Family, number>()
  let running = true
  let turns = 0
  /** How often each node granted something. */
  const granted: number[] = fleet.nodes.map(() => 0)
  const rotating = families.slice(REVOKED)
  const gone = new Set<number>()

  /** Anything but a grant, an honest refusal and a node that may be gone, when it was asked or when it should have answered, is a breach. */
  async function judged(
    node: number,
    ask: () => Promise<Answer>,
  ): Promise<{ verdict: 'granted' | 'refused' | 'gone'; answer: Answer }> {
    const wasGone = gone.has(node)
    const asked = performance.now()
    const answer = await ask()
    return { verdict: judge(node, answer, wasGone || gone.has(node), asked), answer }
  }

  function judge(node: number, answer: Answer, mayBeGone: boolean, asked: number): 'granted' | 'refused' | 'gone' {
    if (answer.status === 200) return 'granted'
    if (answer.status === 0 && mayBeGone) return 'gone'
    assert.equal(answer.status, 503, `node ${node}: ${JSON.stringify(answer)}`)
    assert.ok(Number(answer.retryAfter) > 0, 'a refusal says when to come again')
    refused.count++
    assert.ok(answer.milliseconds < FIRST_REFUSAL_MILLISECONDS, `a refusal took ${answer.milliseconds} ms`)
    if (asked >= since) refused.slowest = Math.max(refused.slowest, answer.milliseconds)
    return 'refused'
  }

  async function untilGranted(ask: (node: number) => Promise<Answer>): Promise<void> {
    while (running) {
      const node = turns++ % fleet.size
      if ((await judged(node, () => ask(node))).verdict === 'granted') return
      await pause()
    }
  }

  const load = rotating.map(async (family) => {
    while (running) {
      const node = turns++ % fleet.size
      const { verdict, answer } = await judged(node, () => refresh(fleet, node, family.refresh[0] ?? ''))
      if (verdict === 'granted') {
        granted[node] = (granted[node] ?? 0) + 1
        const { refresh: fresh, access } = tokensOf(answer.body)
        family.refresh.unshift(...fresh)
        family.access = access
        family.answers++
      } else {
        if (verdict === 'refused') refusedOf.set(family, (refusedOf.get(family) ?? 0) + 1)
        await pause()
      }
    }
  })
  let called = 0
  const calling = rotating.slice(0, callers).map(async (family, i) => {
    for (let turn = i; running; turn++) {
      const node = turn % fleet.size
      if ((await judged(node, () => fleet.call(node, family.access))).verdict === 'granted') called++
      await pause()
    }
  })
  const all = Promise.all([...load, ...calling])
  // A breach fails the test at the next await, not as a rejection that nobody hears.
  const breach = all.then(() => new Promise<never>(() => undefined))
  breach.catch(() => undefined)

  async function until(done: () => boolean): Promise<void> {
    while (!done()) await Promise.race([pause(), breach])
  }

  return {
    families,
    codes,
    goesOn: (nodes = granted.map((_, node) => node)) => {
      const before = rotating.map(({ answers }) => answers)
      const ofNodes = [...granted]
      // The second: the first may have been under way.
      return until(
        () =>
          rotating.every(({ answers }, i) => answers >= (before[i] ?? 0) + 2) &&
          nodes.every((node) => (granted[node] ?? 0) >= (ofNodes[node] ?? 0) + 2 * rotating.length),
      )
    },
    isRefused: () => {
      const before = rotating.map((family) => refusedOf.get(family) ?? 0)
      return until(() => rotating.every((family, i) => (refusedOf.get(family) ?? 0) > (before[i] ?? 0)))
    },
    redeemAndRevoke: async (share = 'all') => {
      const part = <T>(left: readonly T[]) => (share === 'all' ? left : left.slice(0, Math.ceil(left.length / 2)))
      const redeeming = part(codes.filter(({ spent }) => spent === 'not asked')).map(async (one) => {
        one.spent = 'asked'
        const node = turns++ % fleet.size
        const { verdict, answer } = await judged(node, () => fleet.redeem(node, one.code))
        if (verdict !== 'granted') return
        one.spent = 'answered'
        one.refresh = tokensOf(answer.body).refresh[0] ?? ''
      })
      const standing = families.slice(0, REVOKED).filter(({ revoked }) => revoked === 'not asked')
      const revoking = part(standing).map(async (family) => {
        family.revoked = 'asked'
        await untilGranted((node) => fleet.ask(node, '/revoke', { token: family.refresh[0] ?? '' }))
        family.revoked = 'answered'
      })
      await Promise.race([Promise.all([...redeeming, ...revoking]), breach])
    },
    whileGone: async (node, work) => {
      gone.add(node)
      await work()
      gone.delete(node)
    },
    end: async () => {
      running = false
      await all
    },
    called: () => called,
    refusals: () => {
      const so = { ...refused }
      Object.assign(refused, { count: 0, slowest: 0 })
      since = performance.now()
      return so
    },
    audit: () => audit(fleet, families, codes),
    [Symbol.asyncDispose]: async () => {
      running = false
      await Promise.allSettled([...load, ...calling])
    },
  }
}

async function audit(fleet: Fleet, families: readonly Family[], codes: readonly Code[]): Promise<void> {
  for (let node = 0; node < fleet.size; node++) {
    for (const { refresh: tokens, access } of families.filter(({ revoked }) => revoked === 'answered')) {
      assert.equal((await refresh(fleet, node, tokens[0] ?? '')).status, 400, 'a revoked grant refreshes')
      assert.equal(
        (await introspect(fleet, node, tokens[0] ?? '')).active,
        false,
        'a revoked grant is introspected as active',
      )
      assert.equal((await fleet.call(node, access)).status, 401, 'a revoked grant passes the gateway')
    }
  }
  for (const { code, spent, refresh: token } of codes) {
    if (spent !== 'answered') continue
    const again = await refresh(fleet, 0, token)
    assert.equal(again.status, 200, `the token of an answered redemption was lost: ${JSON.stringify(again.body)}`)
    assert.equal((await fleet.redeem(1 % fleet.size, code)).status, 400, 'an answered code could be used twice')
  }
  for (const family of families.filter(({ revoked }) => revoked === 'not asked')) {
    const [newest = ''] = family.refresh
    assert.equal((await fleet.call(0, family.access)).status, 200, 'an answered access token was lost')
    // Where its use was cut off, it is the predecessor by now, and gives the one successor, however often it is shown.
    const answers = [await refresh(fleet, 0, newest), await refresh(fleet, 1 % fleet.size, newest)]
    const [one, other] = answers.map(({ body }) => body.refresh_token)
    for (const { status, body } of answers)
      assert.equal(status, 200, `an answered token was lost: ${JSON.stringify(body)}`)
    assert.equal(one, other, 'a grant has two live successors')
    const fresh = String(one)
    assert.equal((await introspect(fleet, 0, fresh)).active, true)
    // Two steps back at least: that one is spent, whatever was answered.
    const spent = family.refresh[1]
    if (spent === undefined) continue
    const reused = await refresh(fleet, 0, spent)
    assert.deepEqual([reused.status, reused.body.error], [400, 'invalid_grant'], 'a spent token was taken')
    assert.equal((await refresh(fleet, 1 % fleet.size, fresh)).status, 400, 'reuse did not end the grant')
  }
}

export async function introspect(
  fleet: Fleet,
  node: number,
  token: string,
): Promise<Readonly<Record<string, unknown>>> {
  return (await fleet.ask(node, '/introspect', { token })).body
}

function tokensOf(body: Answer['body']): { refresh: string[]; access: string } {
  return { refresh: [String(body.refresh_token)], access: String(body.access_token) }
}

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS))
