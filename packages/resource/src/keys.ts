import type { JSONWebKeySet, JWTVerifyGetKey, LocalJWKSet } from 'jose'
import * as errors from 'jose/errors'
import { createLocalJWKSet } from 'jose/jwks/local'
import { type Fetch, fetchJson } from './fetch-json.ts'
import { fetchMetadata, type IssuerMetadata, isAsSafe } from './issuer-metadata.ts'
import { unavailable } from './refusal.ts'
import { isObject } from './tools.ts'

export type { Fetch } from './fetch-json.ts'

export interface KeyContext {
  readonly fetch: Fetch
  /** Seconds since 1970. */
  readonly now: () => number
}

interface KeptKeys {
  readonly find: LocalJWKSet
  readonly at: number
}

const FRESH_SECONDS = 600
/** How long old keys serve while the authorization server cannot be reached. */
const LONGEST_STALE_SECONDS = 86_400
/** Between two searches for a key nobody has heard of: a stranger's `kid` must not make us knock all day. */
const SEARCH_COOLDOWN_SECONDS = 30
const RETRY_SECONDS = 5
const MOST_KEYS = 100
/** For the whole way from issuer to key set. */
const DEADLINE_MILLISECONDS = 5_000

/**
 * The keys of one issuer: found through its metadata, kept, and followed through rotation. Requests at the same time
 * share one fetch. With old keys at hand an outage of the issuer is nobody's outage.
 */
export function followKeys(issuer: string, { fetch, now }: KeyContext): JWTVerifyGetKey {
  let kept: KeptKeys | undefined
  let failed: { readonly at: number; readonly cause: unknown } | undefined
  let searchedAt: number | undefined
  let pending: Promise<void> | undefined

  const refresh = (): Promise<void> => {
    pending ??= load().finally(() => {
      pending = undefined
    })
    return pending
  }
  const load = async (): Promise<void> => {
    try {
      kept = { find: await fetchKeys(issuer, fetch), at: now() }
      failed = undefined
    } catch (cause) {
      failed = { at: now(), cause }
    }
  }
  const passed = (since: number | undefined, seconds: number): boolean =>
    since === undefined || Math.abs(now() - since) >= seconds

  /** Keys that may be used now, fetched if they must be. */
  const current = async (): Promise<KeptKeys> => {
    if (kept === undefined || passed(kept.at, FRESH_SECONDS)) {
      const due = pending !== undefined || passed(failed?.at, RETRY_SECONDS)
      // After a first failure nobody waits for the next attempt who can go on with the keys at hand.
      const mayWait = kept === undefined || failed === undefined || passed(kept.at, LONGEST_STALE_SECONDS)
      const attempt = due ? refresh() : undefined
      if (mayWait) await attempt
    }
    if (kept === undefined || passed(kept.at, LONGEST_STALE_SECONDS)) throw unreachable()
    return kept
  }
  const unreachable = () =>
    unavailable('The keys of the authorization server cannot be fetched now.', 'issuer_unreachable', RETRY_SECONDS, {
      cause: new Error(`The keys of ${issuer} could not be fetched`, failed),
    })

  return async (header, token) => {
    const used = await current()
    try {
      return await used.find(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      // Whoever comes while others search, or after they found, needs no search of its own.
      if (kept === used && pending === undefined) {
        // A search that failed says nothing of the key, and its refusal names the time to come again.
        const [since, pause] = failed === undefined ? [searchedAt, SEARCH_COOLDOWN_SECONDS] : [failed.at, RETRY_SECONDS]
        if (!passed(since, pause)) throw failed === undefined ? error : unreachable()
        searchedAt = now()
      }
      if (kept === used) await refresh()
      const found = await current()
      if (found === used) throw unreachable() // The key may well exist: the token is not to blame.
      return await found.find(header, token)
    }
  }
}

/** From issuer to key set, by way of the metadata document. Throws when there is no way. */
async function fetchKeys(issuer: string, fetch: Fetch): Promise<LocalJWKSet> {
  const signal = AbortSignal.timeout(DEADLINE_MILLISECONDS)
  const namesKeys = ({ jwks_uri }: IssuerMetadata) => isAsSafe(jwks_uri, issuer)
  const jwksUri = String((await fetchMetadata(issuer, fetch, signal, namesKeys)).jwks_uri)
  const fetched = await fetchJson(jwksUri, fetch, signal)
  if ('absent' in fetched) throw new Error(`No key set at ${jwksUri} (${fetched.absent})`)
  if (!isKeySet(fetched.document)) throw new Error(`No key set at ${jwksUri} (it has no list of keys)`)
  return createLocalJWKSet({ keys: fetched.document.keys.slice(0, MOST_KEYS) })
}

function isKeySet(document: unknown): document is JSONWebKeySet {
  return isObject(document) && Array.isArray(document.keys) && document.keys.every(isObject)
}
