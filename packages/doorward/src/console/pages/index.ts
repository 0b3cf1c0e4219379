import { answerPage } from './answer.ts'
import { approvalPage } from './approval.ts'
import { connectionsPage } from './connections.ts'
import { consentPage } from './consent.ts'
import { devicePage } from './device.ts'
import { deviceAnsweredPage } from './device-answered.ts'
import { errorsPage } from './errors.ts'
import { goingOnPage } from './going-on.ts'
import { homePage } from './home.ts'
import { linkAccountPage } from './link-account.ts'
import { ownClientsPage } from './own-clients.ts'
import { ownSignInPage } from './own-sign-in.ts'
import { problemPage } from './problem.ts'
import { reasonPage } from './reason.ts'
import { resourceChoicePage } from './resource-choice.ts'
import { signInPage } from './sign-in.ts'

export const PAGES = {
  answer: answerPage,
  approval: approvalPage,
  connections: connectionsPage,
  consent: consentPage,
  device: devicePage,
  deviceAnswered: deviceAnsweredPage,
  errors: errorsPage,
  goingOn: goingOnPage,
  home: homePage,
  linkAccount: linkAccountPage,
  ownClients: ownClientsPage,
  ownSignIn: ownSignInPage,
  problem: problemPage,
  reason: reasonPage,
  resourceChoice: resourceChoicePage,
  signIn: signInPage,
}
