import type { KeyObject } from 'node:crypto'
import type { DerivedKeys } from '../authority/context.ts'

/** One key for each purpose, all of them from the one secret. */
export function derivedKeys(key: (purpose: string) => KeyObject): DerivedKeys {
  return {
    code: key('authorization codes'),
    refreshToken: key('refresh tokens'),
    clientSecret: key('client secrets'),
    pending: key('pending requests'),
    invite: key('invites'),
    management: key('client management'),
    dpopNonce: key('dpop nonces'),
    pushed: key('pushed requests'),
    deviceCode: key('device codes'),
    userCode: key('user codes'),
    signIn: key('sign-in'),
  }
}
