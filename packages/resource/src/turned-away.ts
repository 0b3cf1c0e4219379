import type { Reason } from '@doorward/core/oauth/reasons'
import { pathOf } from './metadata.ts'
import { Refusal } from './refusal.ts'

/** The request that was not let in, as far as the guard was shown it. Without its query: somebody may have put a token there. */
export interface TurnedAway {
  readonly method?: string | undefined
  readonly path?: string | undefined
}

export type RefusalListener = (refusal: Refusal, request: TurnedAway) => void

interface Asked {
  readonly method?: string | undefined
  readonly url?: string | undefined
}

/** Where what goes wrong is said to those who run the server. */
type Say = (text: string) => void

/**
 * Tells of a refusal that is about to be thrown, and gives it back as it is. Whoever listens decides nothing: what goes wrong there lets
 * nobody in and keeps nobody out.
 */
export function telling(listener: RefusalListener, say: Say): (error: unknown, request?: Asked) => unknown {
  const complain = (mistake: unknown) => say(`onRefusal failed: ${messagesOf(mistake).join(': ')}`)
  return (error, { method, url } = {}) => {
    if (!(error instanceof Refusal)) return error
    try {
      const done: unknown = listener(error, { method, path: url === undefined ? undefined : pathOf(url) })
      if (done instanceof Promise) done.catch(complain)
    } catch (mistake) {
      complain(mistake)
    }
    return error
  }
}

const QUIET_SECONDS = 60

export interface Outages {
  readonly listener: RefusalListener
  /** A token was good: the settings are as they should be. */
  readonly proven: () => void
}

/**
 * Where nobody listens: an outage of the authorization server keeps everybody out, and those who run this server are told, each kind once
 * a minute. A setting that is wrong by a letter does so, too, and until a token was good it looks just like a stranger. That a stranger
 * is turned away is no news.
 */
export function sayOutages(now: () => number, say: Say): Outages {
  const saidAt = new Map<Reason, number>()
  let isProven = false
  return {
    listener: ({ status, cause, description, reason }) => {
      const keepsOut = status >= 500 || (!isProven && LIKE_A_WRONG_SETTING.includes(reason))
      const since = Math.abs(now() - (saidAt.get(reason) ?? Number.NEGATIVE_INFINITY))
      if (!keepsOut || cause === undefined || since < QUIET_SECONDS) return
      saidAt.set(reason, now())
      say(`Clients are turned away [${reason}]. ${description} ${messagesOf(cause).join(': ')}`)
    },
    proven: () => {
      isProven = true
    },
  }
}

/** What comes of `authorizationServers`, `resource` or `acceptPlainJwt` that do not fit the authorization server, and of keys there that are none. */
const LIKE_A_WRONG_SETTING: readonly Reason[] = ['foreign_issuer', 'foreign_audience', 'wrong_type', 'no_usable_key']

const DEEPEST = 5

/** What `fetch` says of a failure is seldom what helps; what helps is behind it. */
function messagesOf(error: unknown, depth = 0): string[] {
  if (error === undefined || depth > DEEPEST) return []
  if (!(error instanceof Error)) return [String(error)]
  // Where a name has several addresses and none of them answers, only its parts say so.
  const parts = error instanceof AggregateError ? error.errors : []
  const behind = [...parts, error.cause].flatMap((part) => messagesOf(part, depth + 1))
  return [error.message, ...behind].filter((message) => message !== '')
}
