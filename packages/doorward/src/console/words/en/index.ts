import { accountNav } from './account-nav.ts'
import { common } from './common.ts'
import { signIn } from './sign-in.ts'
import { ways } from './ways.ts'

/** Every word on every page, by page. The other languages have its type, so that none can lack a word. */
export const en = {
  /** BCP 47. */
  lang: 'en',
  accountNav,
  common,
  signIn,
  ways,
}
