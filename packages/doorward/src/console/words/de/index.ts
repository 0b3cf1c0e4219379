import type { en } from '../en/index.ts'
import { accountNav } from './account-nav.ts'
import { common } from './common.ts'
import { connections } from './connections.ts'
import { groups } from './groups.ts'
import { signIn } from './sign-in.ts'

/** Deutsch: every word of `en`. */
export const de: typeof en = {
  /** BCP 47. */
  lang: 'de',
  accountNav,
  common,
  connections,
  groups,
  signIn,
}
