import { admin } from './admin.ts'
import { adminEvents } from './admin-events.ts'
import { adminTrace } from './admin-trace.ts'
import { common } from './common.ts'
import { signIn } from './sign-in.ts'

/** Every word on every page, by page. The other languages have its type, so that none can lack a word. */
export const en = {
  /** BCP 47. */
  lang: 'en',
  common,
  admin,
  adminEvents,
  adminTrace,
  signIn,
}
