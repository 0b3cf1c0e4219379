import type { KeyObject } from 'node:crypto'
import type { DerivedKeys } from '../authority/context.ts'

/** What each key is derived for. To change one voids all that was made with it. */
export const PURPOSES = {
  code: 'authorization codes',
  refreshToken: 'refresh tokens',
  clientSecret: 'client secrets',
  pending: 'pending requests',
  invite: 'invites',
  management: 'client management',
  dpopNonce: 'dpop nonces',
  pushed: 'pushed requests',
  deviceCode: 'device codes',
  userCode: 'user codes',
  signIn: 'sign-in',
} as const satisfies Record<keyof DerivedKeys, string>

/** One key for each purpose, all of them from the one secret. */
export function derivedKeys(key: (purpose: string) => KeyObject): DerivedKeys {
  const keys = Object.entries(PURPOSES).map(([name, purpose]) => [name, key(purpose)] as const)
  return Object.fromEntries(keys) as unknown as DerivedKeys
}
