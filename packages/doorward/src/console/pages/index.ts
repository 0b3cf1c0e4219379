import { answerPage } from './answer.ts'
import { approvalPage } from './approval.ts'
import { connectionsPage } from './connections.ts'
import { consentPage } from './consent.ts'
import { devicePage } from './device.ts'
import { deviceAnsweredPage } from './device-answered.ts'
import { errorsPage } from './errors.ts'
import { homePage } from './home.ts'
import { ownClientsPage } from './own-clients.ts'
import { problemPage } from './problem.ts'
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
  home: homePage,
  ownClients: ownClientsPage,
  problem: problemPage,
  resourceChoice: resourceChoicePage,
  signIn: signInPage,
}
