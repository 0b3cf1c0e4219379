import { keepNewest } from '@doorward/core/kernel/bounded'
import { type Fetched, OutboundError } from '@doorward/core/kernel/outbound'
import { readPublishedKeySet } from '@doorward/core/oauth/client-keys'
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose'
import * as errors from 'jose/errors'
import { createLocalJWKSet } from 'jose/jwks/local'
import type { AuthorityContext, Visit } from '../context.ts'
import { takeToken } from '../limits.ts'
import { freshSeconds } from '../registration/freshness.ts'

export interface KeySet {
  readonly keys: JWTVerifyGetKey
  /** The same, as they were published. */
  readonly jwks: readonly Readonly<Record<string, unknown>>[]
  readonly fetchedAt: number
  readonly freshUntil: number
}

/** Keys that clients and issuers publish, by address. Bounded, and all of it can be lost. */
export type KeySetMemory = Map<string, KeySet>

const MOST_KEY_BYTES = 64 * 1024
const MOST_KEY_SETS = 500
/** A key that is not there makes us look again, but not at every stranger's wish. */
const PAUSE_SECONDS = 30
/** Each costs a verification, for a signature that anybody can make up. */
const MOST_KEYS_TRIED = 4
const RATE_OF_ADDRESS = { burst: 3, perSecond: 0.1 }
const RATE_OF_NETWORK = { burst: 20, perSecond: 0.2 }

/** The keys that somebody published cannot be fetched, or not be read. */
export class KeysUnavailable extends Error {}

/**
 * Verifies with the public keys that somebody published, in place or at an address.
 * @param verify does nothing else, so that what fails in it is the signature or the key
 * @throws errors.JOSEError where it is not signed by them
 * @throws KeysUnavailable
 */
export async function withKeys<T>(
  ctx: AuthorityContext,
  visit: Visit,
  { jwks, jwks_uri: uri }: { readonly jwks?: unknown; readonly jwks_uri?: unknown },
  verify: (keys: JWTVerifyGetKey) => Promise<T>,
): Promise<T> {
  if (jwks !== undefined) return verifyByAny(createLocalJWKSet(jwks as JSONWebKeySet), verify)
  const set = await keySetAt(ctx, visit, String(uri))
  try {
    return await verifyByAny(set.keys, verify)
  } catch (error) {
    // There may be a new key since we looked; where keys go without a name, all that shows is that it was none of those.
    const isUnknown =
      error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed
    const renewed = isUnknown ? await renewKeySet(ctx, visit, String(uri), set) : undefined
    if (renewed === undefined) throw error
    return verifyByAny(renewed.keys, verify)
  }
}

/**
 * Where several keys fit what a signature says of its key, while one takes over from another for instance, it is by one of them.
 * RFC 7517 §4.5: to name one is optional.
 */
async function verifyByAny<T>(keys: JWTVerifyGetKey, verify: (keys: JWTVerifyGetKey) => Promise<T>): Promise<T> {
  try {
    return await verify(keys)
  } catch (error) {
    // Too short, or not of the kind that it says: no error of jose's, and nothing that the signature could mend.
    if (!(error instanceof errors.JOSEError)) throw new KeysUnavailable('a key cannot be used', { cause: error })
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    let tried = 0
    for await (const key of error) {
      if (++tried > MOST_KEYS_TRIED) break
      try {
        return await verify(async () => key)
      } catch (refusal) {
        if (!(refusal instanceof errors.JWSSignatureVerificationFailed)) throw refusal
      }
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}

/**
 * The public keys at an address, through the guarded door.
 * @throws KeysUnavailable
 */
export async function keySetAt(ctx: AuthorityContext, visit: Visit, uri: string): Promise<KeySet> {
  const known = ctx.keySets.get(uri)
  return known !== undefined && known.freshUntil > ctx.now() ? known : fetchKeySet(ctx, visit, uri)
}

/** The same again, where the last look is long enough ago; otherwise undefined. */
export async function renewKeySet(
  ctx: AuthorityContext,
  visit: Visit,
  uri: string,
  known: KeySet,
): Promise<KeySet | undefined> {
  return known.fetchedAt + PAUSE_SECONDS <= ctx.now() ? fetchKeySet(ctx, visit, uri) : undefined
}

async function fetchKeySet(ctx: AuthorityContext, visit: Visit, uri: string): Promise<KeySet> {
  const now = ctx.now()
  // Whoever registers can point at anybody: an address is asked seldom, and a network asks for few.
  // The network first: who has used up its own would else use up what others have at this address, with nothing fetched for it.
  const wait =
    takeToken(ctx.buckets, `keys for ${visit.network}`, now, RATE_OF_NETWORK) ||
    takeToken(ctx.buckets, `keys at ${uri}`, now, RATE_OF_ADDRESS)
  if (wait > 0) throw new KeysUnavailable(`too many keys are being fetched; in ${wait} seconds again`)
  const accept = 'application/jwk-set+json, application/json'
  const fetched = await ctx
    .fetchStranger({ url: uri, accept, mostBytes: MOST_KEY_BYTES, onBehalfOf: visit.network })
    .catch((error: unknown) => {
      throw error instanceof OutboundError ? new KeysUnavailable(error.message, { cause: error }) : error
    })
  const keys = readKeys(fetched)
  const set = {
    keys: createLocalJWKSet({ keys: keys as JSONWebKeySet['keys'] }),
    jwks: keys,
    fetchedAt: now,
    freshUntil: now + freshSeconds(fetched),
  }
  keepNewest(ctx.keySets, uri, set, MOST_KEY_SETS)
  return set
}

function readKeys({ status, body }: Fetched): ReturnType<typeof readPublishedKeySet> {
  if (status !== 200) throw new KeysUnavailable(`the keys answered ${status}`)
  try {
    return readPublishedKeySet(JSON.parse(Buffer.from(body).toString('utf8')))
  } catch (error) {
    throw new KeysUnavailable('what was answered is no set of keys', { cause: error })
  }
}
