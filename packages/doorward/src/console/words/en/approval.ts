import { type Html, html } from '../../html.ts'

export const approval = {
  titleAsked: 'Waiting for an operator',
  title: 'An operator has to agree first',
  leadAsked:
    'An operator of this server was asked. You can leave this page open: it goes on by itself once they agreed.',
  lead: 'Nobody vouches for this application, so an operator of this server has to admit it before you can connect it.',
  decline: 'Do not connect',
  ask: 'Ask an operator',
  notAnswered: 'Not answered yet.',
  howOperators: (command: Html) => html`Operators admit it with ${command}.`,
  lookAgain: 'Look again',
}
