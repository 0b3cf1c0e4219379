import { consentPage } from './consent.ts'
import { homePage } from './home.ts'
import { noticePage } from './notice.ts'
import { problemPage } from './problem.ts'
import { resourceChoicePage } from './resource-choice.ts'
import { signInPage } from './sign-in.ts'

export const PAGES = {
  consent: consentPage,
  home: homePage,
  notice: noticePage,
  problem: problemPage,
  resourceChoice: resourceChoicePage,
  signIn: signInPage,
}
