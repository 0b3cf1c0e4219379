import type { en } from '../en/index.ts'
import { accountNav } from './account-nav.ts'
import { common } from './common.ts'
import { signIn } from './sign-in.ts'
import { ways } from './ways.ts'

/** Français: every word of `en`. */
export const fr: typeof en = {
  /** BCP 47. */
  lang: 'fr',
  accountNav,
  common,
  signIn,
  ways,
}
