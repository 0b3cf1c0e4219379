import type { JWTVerifyGetKey } from 'jose'
import type { Credentials } from './authorization.ts'
import type { Fetch } from './fetch-json.ts'
import { Refusal, unavailable } from './refusal.ts'
import { followRevocations, type RevocationNotice } from './revocation.ts'
import type { ResourceOptions, Settings } from './settings.ts'
import type { Access } from './verify.ts'

export interface Liveness {
  /** That the grant of a verified token was not revoked, as far as its issuer tells. Throws a `Refusal`. */
  readonly demand: (access: Access, credentials: Credentials) => Promise<void>
  readonly close: () => void
}

export interface LivenessWorld {
  readonly settings: Settings
  readonly keys: (issuer: string) => JWTVerifyGetKey
  /** Seconds since 1970. */
  readonly now: () => number
  readonly fetch: Fetch
  readonly warn: (notice: RevocationNotice) => void
}

const RETRY_SECONDS = 5

/** One follower per issuer; none where nothing is fetched (`keys` are given), unless somebody says so. */
export function liveness({ keys: given, revocation = {} }: ResourceOptions, world: LivenessWorld): Liveness {
  const {
    follow = given === undefined ? 'auto' : 'off',
    whenUnreachable = 'expiry',
    onNotice = world.warn,
  } = revocation
  if (follow === 'off') return { demand: async () => undefined, close: () => undefined }
  const { authorizationServers, algorithms, clockToleranceSeconds: toleranceSeconds } = world.settings
  const followers = new Map(
    authorizationServers.map((issuer) => [
      issuer,
      followRevocations(issuer, {
        ...world,
        keys: world.keys(issuer),
        algorithms,
        toleranceSeconds,
        whenUnreachable,
        onNotice,
      }),
    ]),
  )

  return {
    demand: async ({ issuer, grantId, claims }, { scheme }) => {
      // Only who names the grant can say later that it ended.
      if (grantId === undefined) return
      const standing = await followers.get(issuer)?.standing(grantId, typeof claims.iat === 'number' ? claims.iat : 0)
      switch (standing) {
        case undefined:
        case 'live':
          return
        case 'revoked':
          throw new Refusal(401, 'invalid_token', 'The grant of this token is revoked.', 'grant_revoked', { scheme })
        case 'outdated':
          throw new Refusal(401, 'invalid_token', 'The access token has to be renewed.', 'token_outdated', { scheme })
        case 'unknown':
          if (whenUnreachable === 'expiry') return
          throw unavailable('Whether this token was revoked cannot be known now.', 'revocation_unknown', RETRY_SECONDS)
        default:
          standing satisfies never
      }
    },
    close: () => {
      for (const follower of followers.values()) follower.close()
    },
  }
}
