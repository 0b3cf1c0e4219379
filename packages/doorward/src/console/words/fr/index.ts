import type { en } from '../en/index.ts'
import { accountNav } from './account-nav.ts'
import { answer } from './answer.ts'
import { approval } from './approval.ts'
import { client } from './client.ts'
import { common } from './common.ts'
import { consent } from './consent.ts'
import { device } from './device.ts'
import { errors } from './errors.ts'
import { groups } from './groups.ts'
import { home } from './home.ts'
import { ownClients } from './own-clients.ts'
import { problem } from './problem.ts'
import { resourceChoice } from './resource-choice.ts'
import { signIn } from './sign-in.ts'

/** Français: every word of `en`. */
export const fr: typeof en = {
  /** BCP 47. */
  lang: 'fr',
  answer,
  approval,
  client,
  accountNav,
  common,
  consent,
  device,
  errors,
  home,
  ownClients,
  problem,
  resourceChoice,
  groups,
  signIn,
}
