import { type Html, html } from '../../html.ts'

export const problem = {
  titles: {
    connection: 'This connection cannot go on',
    page: 'This did not work',
    signIn: 'You are not signed in',
    nothingHere: 'Nothing is here',
  },
  nothingHere: 'This address is not served.',
  startPage: (address: string) => `The start page at ${address} says what is.`,
  whatYouCanDo: 'What you can do',
  /** Before the words for developers, which stand in English in every language. */
  forDevelopers: 'For developers',
  why: 'Why this happens:',
  goBackTo: (place: string) => `Go back to ${place}`,
  tryAgain: 'Try again',
  openAnew: 'Open the page anew',
  reference: 'Reference',
  referenceWhat: 'the reference',
  referenceHint: (command: Html) =>
    html`Give this reference to whoever runs this server. They see what happened with ${command}.`,
}
