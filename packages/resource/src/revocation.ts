// Not the global ones: those of other runtimes than Node give numbers.
import { clearInterval, clearTimeout, setInterval, setTimeout } from 'node:timers'
import { FEED_ASKED_MILLISECONDS, REVOKED_GRANTS_TYPE, REVOKED_GRANTS_URI } from '@doorward/core/token/revoked-grants'
import { type Fetch, fetchText, TooLong } from './fetch-json.ts'
import { fetchMetadata, type IssuerMetadata, isAsSafe } from './issuer-metadata.ts'
import {
  type Feed,
  FeedError,
  type FeedExpectation,
  type FeedProblem,
  followOn,
  readFeed,
  verdictOn,
} from './revoked-grants.ts'

/** What is done about grants that were revoked before their access tokens end. */
export interface RevocationOptions {
  /**
   * `auto`, as where it is left out: revoked grants are followed wherever the authorization server publishes them. `off`:
   * tokens are good until they end; so it is, too, where `keys` are given and nothing is fetched, unless `auto` is said.
   */
  readonly follow?: 'auto' | 'off'
  /**
   * While the feed cannot be had: `expiry`, as where it is left out, lets tokens live until they end, but for what is known
   * to be revoked; `refuse` answers 503 to all.
   */
  readonly whenUnreachable?: 'expiry' | 'refuse'
  /** Told whenever that begins or ends. Left out: the beginning and the end of an outage are written with `console.warn`. */
  readonly onNotice?: (notice: RevocationNotice) => void
}

/** How it stands with the feed of one authorization server, from now on. */
export interface RevocationNotice {
  readonly issuer: string
  /** `absent`: it publishes none, so that its tokens are good until they end. */
  readonly state: 'followed' | 'unreachable' | 'absent'
  readonly reason: 'started' | 'reachable_again' | 'not_published' | FeedProblem
  /** A sentence for a log. */
  readonly message: string
}

/** `unknown`: the feed cannot be had, and what was heard last does not say. */
export type Standing = 'live' | 'revoked' | 'outdated' | 'unknown'

export interface Follower {
  /** How it stands with a grant, and with a token of it that was issued at a time. Nothing to wait for but at the start. */
  readonly standing: (grantId: string, issuedAt: number) => Standing | Promise<Standing>
  /** Asks once, as happens by itself every second. */
  readonly poll: () => Promise<void>
  /** Asks no more, until somebody wants to know again. */
  readonly close: () => void
}

export interface FollowerWorld extends Omit<FeedExpectation, 'issuer' | 'now'> {
  readonly fetch: Fetch
  /** Seconds since 1970. */
  readonly now: () => number
  readonly whenUnreachable: 'expiry' | 'refuse'
  readonly onNotice: (notice: RevocationNotice) => void
}

/** For one poll, the search for the feed included. */
const DEADLINE_MILLISECONDS = 3_000
/** A restart of the authorization server is no outage; longer than this without a good answer is one. */
const STALE_SECONDS = 5
/** Nobody asks for so long, and the feed is left alone. */
const REST_SECONDS = 60
/** Where there is none, this often somebody looks whether there is one now. */
const LOOK_AGAIN_SECONDS = 600

const CLOSED = new Error('The guard was closed.')

/** Follows the feed of one authorization server, from the first question on. */
export function followRevocations(issuer: string, world: FollowerWorld): Follower {
  const { now, fetch } = world
  let state: RevocationNotice['state'] | 'starting' = 'starting'
  let held: Feed | undefined
  let tag: string | undefined
  let address: string | undefined
  let heardAt = 0
  let askedAt = 0
  let timer: NodeJS.Timeout | undefined
  let pending: Promise<void> | undefined
  let underWay: AbortController | undefined

  const passed = (since: number, seconds: number): boolean => Math.abs(now() - since) > seconds

  const poll = (): Promise<void> => {
    pending ??= visit().finally(() => {
      pending = undefined
    })
    return pending
  }

  async function visit(): Promise<void> {
    const visiting = new AbortController()
    underWay = visiting
    const deadline = setTimeout(() => visiting.abort(), DEADLINE_MILLISECONDS).unref()
    try {
      const found = await ask(visiting.signal)
      heardAt = now()
      if (found === 'absent') enter('absent', 'not_published')
      else enter('followed', state === 'unreachable' ? 'reachable_again' : 'started')
    } catch (error) {
      if (visiting.signal.reason === CLOSED) return
      missed(problemOf(error))
    } finally {
      clearTimeout(deadline)
    }
  }

  function missed(problem: FeedProblem): void {
    tag = undefined
    if (state === 'absent' && address === undefined) {
      // Where there was none, silence does not make one.
      heardAt = now()
      stop()
      return
    }
    if (state !== 'followed' || passed(heardAt, STALE_SECONDS)) enter('unreachable', problem)
    // It may have moved.
    if (state === 'unreachable' || problem === 'feed_absent') address = undefined
  }

  async function ask(signal: AbortSignal): Promise<'heard' | 'absent'> {
    address ??= await find(signal)
    if (address === undefined) return 'absent'
    const answer = await fetchText(address, { accept: `application/${REVOKED_GRANTS_TYPE}`, tag }, fetch, signal)
    if (answer === 'unchanged') {
      // What is not signed cannot make it live longer.
      if (held === undefined || held.expiresAt + world.toleranceSeconds <= now()) throw new FeedError('feed_expired')
      return 'heard'
    }
    if ('absent' in answer) throw new FeedError('feed_absent')
    held = followOn(held, await readFeed(answer.text, { ...world, issuer, now: now() }))
    tag = answer.tag
    return 'heard'
  }

  async function find(signal: AbortSignal): Promise<string | undefined> {
    const uri = await listed(signal)
    if (uri === undefined) return undefined
    if (!isAsSafe(uri, issuer)) throw new FeedError('feed_malformed')
    return uri
  }

  /** Where one address cannot be had, another that lists no feed does not say that there is none. */
  async function listed(signal: AbortSignal): Promise<unknown> {
    try {
      const lists = (document: IssuerMetadata) => document[REVOKED_GRANTS_URI] !== undefined
      return (await fetchMetadata(issuer, fetch, signal, lists))[REVOKED_GRANTS_URI]
    } catch (error) {
      if ((error as Error).cause !== undefined) throw error
      return (await fetchMetadata(issuer, fetch, signal))[REVOKED_GRANTS_URI]
    }
  }

  function enter(next: RevocationNotice['state'], reason: RevocationNotice['reason']): void {
    if (state === next) return
    state = next
    // Nothing to ask every second.
    if (next === 'absent') stop()
    try {
      world.onNotice({ issuer, state: next, reason, message: sentence(issuer, next, reason, world.whenUnreachable) })
    } catch {
      // Whatever a log has to complain of, the following goes on.
    }
  }

  function tick(): void {
    if (passed(askedAt, REST_SECONDS)) stop()
    else void poll()
  }

  function stop(): void {
    clearInterval(timer)
    timer = undefined
  }

  const judge = (grantId: string, issuedAt: number): Standing => {
    const verdict = held === undefined ? 'live' : verdictOn(held, grantId, issuedAt)
    // What was revoked stays so, whoever can be reached.
    if (verdict !== 'live') return verdict
    return state === 'followed' || state === 'absent' ? 'live' : 'unknown'
  }

  return {
    poll,
    standing: (grantId, issuedAt) => {
      askedAt = now()
      if (state === 'absent' && !passed(heardAt, LOOK_AGAIN_SECONDS)) return judge(grantId, issuedAt)
      const rested = timer === undefined
      timer ??= setInterval(tick, FEED_ASKED_MILLISECONDS).unref()
      // At the start, after a rest, and where a busy or sleeping process has missed its turns.
      const mustWait = rested || state === 'starting' || (state === 'followed' && passed(heardAt, STALE_SECONDS))
      return mustWait ? poll().then(() => judge(grantId, issuedAt)) : judge(grantId, issuedAt)
    },
    close: () => {
      stop()
      underWay?.abort(CLOSED)
    },
  }
}

function problemOf(error: unknown): FeedProblem {
  if (error instanceof FeedError) return error.problem
  return error instanceof TooLong ? 'feed_too_large' : 'feed_unreachable'
}

function sentence(
  issuer: string,
  state: RevocationNotice['state'],
  reason: string,
  whenUnreachable: 'expiry' | 'refuse',
): string {
  if (state === 'followed') return `The revoked grants of ${issuer} are followed (${reason}).`
  if (state === 'absent') return `${issuer} publishes no revoked grants: its access tokens are good until they end.`
  const consequence =
    whenUnreachable === 'refuse'
      ? 'requests with its access tokens are refused with 503'
      : 'its access tokens are good until they end, but for those known to be revoked'
  const hint = LIKE_A_WRONG_CLOCK.includes(reason) ? ' Compare the clock of that server with the one here.' : ''
  return `The revoked grants of ${issuer} cannot be followed (${reason}): until they can, ${consequence}.${hint}`
}

/** A feed lives for half a minute, so that a clock which is wrong by more finds each one too old, or too young. */
const LIKE_A_WRONG_CLOCK: readonly string[] = ['feed_expired', 'feed_from_the_future']
