import type { en } from '../en/index.ts'
import { admin } from './admin.ts'
import { adminEvents } from './admin-events.ts'
import { adminTrace } from './admin-trace.ts'
import { common } from './common.ts'
import { signIn } from './sign-in.ts'

/** Français: every word of `en`. */
export const fr: typeof en = {
  /** BCP 47. */
  lang: 'fr',
  common,
  admin,
  adminEvents,
  adminTrace,
  signIn,
}
