import { sha256 } from '../kernel/digest.ts'
import type { Seconds } from '../kernel/seconds.ts'

/** `typ` of the feed, so that no other JWT of the same issuer passes for it (RFC 8725 §3.11). */
export const REVOKED_GRANTS_TYPE = 'revoked-grants+jwt'

/** The member of authorization server metadata (RFC 8414 §2) that says where the feed is. */
export const REVOKED_GRANTS_URI = 'doorward_revoked_grants_uri'

/** What is published is looked up again after so long at most where something changed. */
export const FEED_HELD_MILLISECONDS = 250

/** A follower asks that often. With what it asks for being held, and the way of the answer, that is within two seconds. */
export const FEED_ASKED_MILLISECONDS = 1_000

/** Which grants have ended, or were narrowed, while access tokens of theirs may still be about. */
export interface RevokedGrantsClaims {
  readonly iss: string
  /** In steps, and never later than what it tells was read: of two feeds the one with the greater `iat` knows more. */
  readonly iat: Seconds
  /** Not to be believed from here on. */
  readonly exp: Seconds
  /** Marks of the grants, see `grantMark`. */
  readonly grants: readonly string[]
  /**
   * Of those that stand in `grants`, the ones that live on with less, and since when: access tokens from before are void, and
   * clients get a new one by refreshing. A follower that does not read this takes them for ended.
   */
  readonly narrowed?: Readonly<Record<string, Seconds>>
  /** Where there were too many to list: no access token issued before is good, and clients get a new one by refreshing. */
  readonly tokens_not_before?: Seconds
}

/**
 * What stands for a grant in the feed: 22 characters of the SHA-256 of its id. Whoever holds a token recognises its grant;
 * to anybody else it says nothing, while an id tells when the person agreed.
 */
export function grantMark(grantId: string): string {
  return sha256(grantId).slice(0, 22)
}
