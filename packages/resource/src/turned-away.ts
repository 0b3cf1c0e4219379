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

/**
 * Where nobody listens: an outage of the authorization server keeps everybody out, and those who run this server are told, once a minute.
 * That a stranger is turned away is no news.
 */
export function sayOutages(now: () => number, say: Say): RefusalListener {
  let saidAt = Number.NEGATIVE_INFINITY
  return ({ status, cause, description, reason }) => {
    if (status < 500 || cause === undefined || Math.abs(now() - saidAt) < QUIET_SECONDS) return
    saidAt = now()
    say(`Clients are turned away [${reason}]. ${description} ${messagesOf(cause).join(': ')}`)
  }
}

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
