import { type Html, html } from '../../html.ts'
import { counter } from '../plural.ts'

const days = counter('en', { one: 'day', other: 'days' })
const minutes = counter('en', { one: 'minute', other: 'minutes' })
const tools = counter('en', { one: 'tool', other: 'tools' })

export const consent = {
  title: 'Allow access?',
  titleMore: 'Allow more access?',
  heading: (server: Html) => html`Allow access to ${server}?`,
  headingMore: (server: Html) => html`Allow more access to ${server}?`,
  may: 'It may',
  mayAlso: 'It may also',
  undivided: 'Use this MCP server in your name; the server divides that no further.',
  /** A scope and the tools that it opens. */
  opens: (scope: Html, names: Html) => html`${scope} opens ${names}`,
  opensMany: (scope: Html, count: number) => html`${scope} opens ${tools(count)}`,
  offline: 'Stay connected until you disconnect it',
  read: 'Reads',
  write: 'Changes',
  choose: 'Only what you tick is allowed. It can ask for more later.',
  chooseSomething: 'Nothing is ticked. Tick what you want to allow, or deny.',
  asBefore: 'As before',
  asBeforeHint: 'You allowed this to an application with this identity before. Whoever asks now gets it too.',
  inDetail: 'In detail',
  forHowLong: 'For how long',
  untilDisconnected: 'Until you disconnect it',
  days,
  idle: (count: number) => `It also ends after ${days(count)} without use.`,
  eachToken: (count: number) => `Each token lasts ${minutes(count)}.`,
  admits: (places: Html) =>
    html`You are an operator: allowing it also admits this application for everybody here, wherever it may take its answers: ${places}.`,
  anyDevice: 'any device',
  allow: 'Allow',
  deny: 'Deny',
  returnTo: (scheme: Html) => html`You can return to ${scheme} now`,
  returnHint: (scheme: Html) =>
    html`Your answer went to the application that opens ${scheme} links. You may close this page.`,
  returnAgain: (again: Html) => html`Nothing happened there? ${again}`,
  answerAgain: 'Answer again',
  afterwards: (scheme: Html) =>
    html`Your answer opens the application for ${scheme} links. Once you are there, you may close this page.`,
  elsewhere: 'My application runs on another machine',
  elsewhereHint:
    'For a terminal that you reached by SSH, or a container. The answer is shown here, for you to carry there yourself.',
  elsewhereCaution:
    'The answer is as good as a password for a few minutes. Whoever asks you to send it to them, or to type it into a web page or a chat, is after your account.',
  showAnswer: 'Allow and show the answer',
}
