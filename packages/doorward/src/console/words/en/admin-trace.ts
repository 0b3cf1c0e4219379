import { type Html, html } from '../../html.ts'

export const adminTrace = {
  title: 'Attempts to connect',
  lead: 'Each attempt of a client to connect, from the first question to the first call. What failed stands first.',
  none: 'No attempt to connect was seen in the last two days. If an application says that it could not connect, compare the address that it was given with that of the MCP server: who asks where nothing is served is among the events alone, as nothing_here.',
  find: 'Reference from an error page or message',
  findButton: 'Show',
  unknownClient: 'a client that gave no id',
  headings: {
    connected: (client: Html) => html`${client} connected`,
    issued: (client: Html) => html`${client} has its token`,
    refused: (client: Html) => html`Why ${client} could not connect`,
    silent: (client: Html) => html`Where ${client} gave up`,
    waiting: (client: Html) => html`${client} waits for an operator`,
    running: (client: Html) => html`${client} is connecting`,
  },
  outcomes: {
    connected: 'Connected',
    issued: 'Has its token',
    refused: 'Refused',
    silent: 'Gave up',
    waiting: 'Waits for you',
    running: 'Under way',
  },
  ended: 'How it ended',
  stoppedAt: 'Stopped at',
  cause: 'Likely cause',
  mend: 'What helps',
  said: 'What it was told',
  reason: 'Reason',
  client: 'Client',
  server: 'MCP server',
  person: 'Person',
  began: 'Began',
  reference: 'Reference',
  copyReference: 'the reference',
  steps: 'Step by step',
  allEvents: 'Every event of it',
  ownRefusal: 'The request with this reference was refused',
  noAttempt: 'This reference belongs to a single request, and not to an attempt to connect.',
  nothing: 'Nothing is remembered under this reference. The oldest events are forgotten first; compare each letter.',
  asked:
    'Somebody asked for this client, and no operator has answered. The tab of that person goes on by itself once one does.',
  askedMend: 'Look at the application and approve or block it.',
  issued: {
    cause: 'This MCP server verifies tokens itself. Whether the client calls it, nothing here is told.',
    mend: 'Nothing, where the client works. Where it does not, the log of that server says why: onRefusal of @doorward/resource hears of each refusal.',
  },
  states: {
    done: 'done',
    refused: 'refused',
    waiting: 'waiting',
    unseen: 'not seen',
    'not-reached': 'not reached',
  },
  unseen:
    'A later step was reached, so this one was passed: earlier, from another network, or with what the client remembered.',
  stopsHere: 'It stopped here',
  joins: {
    certain: 'certain',
    likely: 'likely: same client, close in time',
    guess: 'a guess: same network, close in time',
  },
  joinsExplained:
    'Requests before the sign-in and at the MCP server carry no reference of the flow. Where one is joined by client, network and time alone, that is said beside it.',
  from: 'from',
  signInRefused: {
    cause: 'The person could not sign in: a wrong address or password, a disabled account, or too many tries.',
    mend: 'Let them try again with the right password, or look at the account under People.',
  },
  unknownReason: {
    cause: 'The client was refused; the event names the reason.',
    mend: 'Look at the events below.',
  },
  names: {
    challenge: 'First call without a token',
    'resource-metadata': 'Metadata of the MCP server',
    'server-metadata': 'Metadata of this server',
    registration: 'Registration or metadata document',
    authorize: 'Authorization request',
    'sign-in': 'Sign-in',
    consent: 'Consent',
    token: 'Token',
    call: 'First call',
  },
  meanings: {
    challenge: 'The client calls the MCP server, and the answer 401 tells it where to look.',
    'resource-metadata': 'It reads which authorization server belongs to the MCP server.',
    'server-metadata': 'It reads the addresses and abilities of this authorization server.',
    registration: 'It registers, or this server fetches the document that its id points to.',
    authorize: 'It sends the person’s browser here with what it asks for.',
    'sign-in': 'The person says who they are.',
    consent: 'The person is asked, and the answer goes back to the client with a code.',
    token: 'The client exchanges the code for a token.',
    call: 'The client calls the MCP server with its token.',
  },
  silence: {
    challenge: {
      cause:
        'The client was told where to look (WWW-Authenticate) and did not look. It may not speak OAuth, want a fixed key, or a proxy took the header away.',
      mend: 'Check that the client supports sign-in for MCP servers, and that no proxy removes WWW-Authenticate. Some clients wait for a press on Connect.',
    },
    'resource-metadata': {
      cause:
        'The client knows that this authorization server is responsible and never read its metadata. The issuer may have another address from outside, or a firewall stands between.',
      mend: 'Open the issuer’s /.well-known/oauth-authorization-server from where the client runs. Hosted clients come from the internet, and some on port 443 only.',
    },
    'server-metadata': {
      cause:
        'The client read the metadata and never came with an id: it may have found nothing here that it can do, wait for a client id to be typed in, or still use one that it had.',
      mend: 'Look in the client for a field “client id”; an operator can register one for it. Restart it, so that it forgets what it read before.',
    },
    registration: {
      cause:
        'The client is registered and never sent anybody here. Usually the browser did not open, or a pop-up was blocked, or the program runs where no browser is.',
      mend: 'Look for a link that the client printed and open it by hand. Then connect again.',
    },
    authorize: {
      cause: 'The person came to the sign-in page, or to the question, and went no further.',
      mend: 'Ask the person. If they cannot sign in, look at their account under People; if the page stayed blank, another browser may help.',
    },
    'sign-in': {
      cause:
        'The person signed in and did not answer the question. The tab was closed, or the page was left for later.',
      mend: 'Connect again from the client and answer within ten minutes.',
    },
    consent: {
      cause:
        'The person agreed, the code went to the client, and the client never exchanged it. Its listener may have stopped or listen at another port, a firewall may stop its way to /token, or it did not trust the answer.',
      mend: 'Connect again and watch where the browser ends: an error page there names the address that nobody answered. Check that the client reaches the token endpoint.',
    },
    token: {
      cause:
        'The client has a token and never called with it. It may call an address other than the MCP server of the token, or the MCP server is not behind this gateway and tells nothing here.',
      mend: 'Compare the address in the client with the MCP server above, letter by letter. If that server stands elsewhere, look in its own log.',
    },
    call: {
      cause: 'Nothing is missing.',
      mend: 'Nothing has to be done.',
    },
  },
  elsewhere: {
    cause: (host: string, issuer: string) =>
      `The client came to ${host}, but the issuer is ${issuer}. Whatever this server says of itself names ${issuer}, and a client must not go on where that is not the address that it called (RFC 9728 §3.3).`,
    guess: (host: string, issuer: string) =>
      `Somebody from the same network, perhaps this client, came to ${host} up to an hour before, but the issuer is ${issuer}. A client that comes by another address must not go on (RFC 9728 §3.3).`,
    or: 'Or:',
    mend: (host: string, issuer: string) =>
      `If clients are to come to ${host}, make that the issuer (DOORWARD_ISSUER, or “issuer” in the config), with https:// in front where they use it. Otherwise give the client the address that begins with ${issuer}.`,
  },
  endings: {
    client_blocked: {
      cause: 'An operator blocked the client, which ended its connections.',
      mend: 'If it may come again, unblock it (doorward client unblock). Then connect again.',
    },
    client_removed: {
      cause:
        'The client was removed, by an operator, by the person whose it is or by itself, which ended its connections.',
      mend: 'Connect again; a client that registers itself does so anew. Events of the type client.removed say who it was.',
    },
    client_revoked: {
      cause:
        'The client itself gave the connection back, as clients do when somebody signs out or disconnects in them.',
      mend: 'Connect again from the client.',
    },
    groups_changed: {
      cause:
        'The groups of the person changed, or what the config says of groups, and nothing of the connection was left.',
      mend: 'Put the person into a group that may use the MCP server (doorward user groups). Then connect again.',
    },
    operator_revoked: {
      cause: 'An operator ended the connection.',
      mend: 'Events of the type grant.revoked say who it was. Then connect again.',
    },
    parent_narrowed: {
      cause: 'The token came by an exchange from another connection, and that one may do less now.',
      mend: 'Exchange the token anew; it gets what is left.',
    },
    parent_revoked: {
      cause: 'The token came by an exchange from another connection, and that one has ended.',
      mend: 'Connect the other one again and exchange its token anew. Why it ended, doorward grant list --all says.',
    },
    person_disconnected: {
      cause: 'The person ended the connection on the page of their account.',
      mend: 'Ask the person. If they want it back, connect again from the client.',
    },
    restored: {
      cause: 'The database was brought back from a backup, which ends every connection.',
      mend: 'Connect again; everybody has to. What doorward restore --keep-grants brings back stays connected.',
    },
    rule_denies: {
      cause: 'A rule was added that keeps the client out, which ended its connections.',
      mend: 'Look at the rules (doorward rule list). Once none keeps it out, connect again.',
    },
    upstream_changed: {
      cause: 'Another MCP server stands behind the address now, and what was allowed for the one before has ended.',
      mend: 'Connect again.',
    },
    user_disabled: {
      cause: 'The account of the person was disabled, which ended their connections.',
      mend: 'If they may come again, enable the account (doorward user enable). Then connect again.',
    },
  },
}
