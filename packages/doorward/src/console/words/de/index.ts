import type { en } from '../en/index.ts'
import { accountNav } from './account-nav.ts'
import { common } from './common.ts'
import { signIn } from './sign-in.ts'
import { ways } from './ways.ts'

/** Deutsch: every word of `en`. */
export const de: typeof en = {
  /** BCP 47. */
  lang: 'de',
  accountNav,
  common,
  signIn,
  ways,
}
