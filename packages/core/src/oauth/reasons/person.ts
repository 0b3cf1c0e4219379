import type { Explanations } from './reason.ts'

/** What a person meets on the pages: sign-in, consent, waiting for an operator. */
export const PERSON = {
  answer_not_by_hand: {
    cause:
      'The form asks to show the answer, which this server does only for applications that wait on a computer of the person, and not under every policy.',
    mend: 'Connect again from your application, and use the buttons of the page. Operators find the setting as answersByHand under policy.',
  },
  approval_missing: {
    cause: 'An operator of this server has to admit this application before anybody can connect with it.',
    mend: 'Ask for it on the page that was shown, and wait there; it goes on by itself. Operators answer with doorward client approve.',
  },
  client_of_another_person: {
    cause: 'Somebody registered this application for their own use; nobody else can connect with it or change it.',
    mend: 'Register it for yourself under your own applications, or ask an operator to register it for everybody.',
  },
  consent_of_another_account: {
    cause: 'The consent page was shown to another account than the one that is signed in now.',
    mend: 'Go back to your application and connect again with the account that you want to use.',
  },
  decision_unknown: {
    cause: 'The form of the consent page came back with an answer that is none.',
    mend: 'Connect again from your application, and use the buttons of the page.',
  },
  form_expired: {
    cause: 'The page was open for more than an hour, and what it sends does not count any more.',
    mend: 'Open the page anew, and send it again.',
  },
  form_foreign: {
    cause: 'This form was not made for this browser, or cookies are not allowed here.',
    mend: 'Open the page anew, with cookies allowed, and send it again.',
  },
  form_of_another_account: {
    cause: 'The page was shown to another account than the one that is signed in now.',
    mend: 'Open the page anew, and send it again.',
  },
  form_repeated: {
    cause:
      'The same form came a second time, by a page that was loaded again or gone back to, and what it gives out is shown once.',
    mend: 'See whether what was wanted is there already. If not, or to have another one, open the page anew and send it again.',
  },
  nothing_chosen: {
    cause: 'The person said yes to nothing: of the scopes that can be ticked none was, and nothing else is asked for.',
    mend: 'Tick what the application may do, or deny.',
  },
  connection_unknown: {
    cause: 'There is no such connection of yours (any more).',
    mend: 'Open the page of your connections anew; what is listed there can be changed.',
  },
  connection_wish: {
    cause:
      'The form of the connections page came back with something that cannot be done: nothing left, or an end that has passed.',
    mend: 'Leave at least one permission, or disconnect; choose an end date from tomorrow on.',
  },
  groups_lack: {
    cause:
      'Who may use this MCP server, or what is asked for there, is decided by groups, and the person is in none of those.',
    mend: 'Ask whoever runs this server about the groups; doorward user groups shows and sets them. Then connect again.',
  },
  person_declined: {
    cause: 'The person was asked and said no.',
    mend: 'Nothing, if that was meant. Otherwise connect again from your application and choose Allow.',
  },
  pending_expired: {
    cause:
      'The request to connect has waited too long for an answer: ten minutes, or a day where an operator was asked.',
    mend: 'Go back to your application and connect again; then answer in time.',
  },
  pending_foreign: {
    cause:
      'The request to connect was started in another browser, or cookies are not allowed here, or the link is damaged.',
    mend: 'Open the link in the browser in which you started, with cookies allowed, or connect again from your application.',
  },
} satisfies Explanations
