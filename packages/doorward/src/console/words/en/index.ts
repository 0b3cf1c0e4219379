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

/** Every word on every page, by page. The other languages have its type, so that none can lack a word. */
export const en = {
  /** BCP 47. */
  lang: 'en',
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
