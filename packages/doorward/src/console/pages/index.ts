import { approvalPage } from './approval.ts'
import { consentPage } from './consent.ts'
import { homePage } from './home.ts'
import { problemPage } from './problem.ts'
import { resourceChoicePage } from './resource-choice.ts'
import { signInPage } from './sign-in.ts'

export const PAGES = {
  approval: approvalPage,
  consent: consentPage,
  home: homePage,
  problem: problemPage,
  resourceChoice: resourceChoicePage,
  signIn: signInPage,
}
