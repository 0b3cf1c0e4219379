import { ACCESS } from './access.ts'
import { ADMIN } from './admin.ts'
import { AUTHORIZE } from './authorize.ts'
import { CERTIFICATE } from './certificate.ts'
import { CLIENT } from './client.ts'
import { DETAILS } from './details.ts'
import { DEVICES } from './devices.ts'
import { DOCUMENTS } from './documents.ts'
import { DPOP } from './dpop.ts'
import { GATEWAY } from './gateway.ts'
import { PERSON } from './person.ts'
import type { Explanation, Situation } from './reason.ts'
import { REDIRECT } from './redirect.ts'
import { REGISTRATION } from './registration.ts'
import { REQUEST } from './request.ts'
import { REQUEST_OBJECT } from './request-object.ts'
import { SIGN_IN } from './sign-in.ts'
import { TOKEN } from './token.ts'
import { VOUCHED } from './vouched.ts'
import { WITHOUT_PERSON } from './without-person.ts'

export type { Explanation, Situation } from './reason.ts'

const BY_NAME = {
  ...ACCESS,
  ...GATEWAY,
  ...PERSON,
  ...SIGN_IN,
  ...AUTHORIZE,
  ...REQUEST_OBJECT,
  ...DETAILS,
  ...REDIRECT,
  ...DOCUMENTS,
  ...REGISTRATION,
  ...VOUCHED,
  ...CLIENT,
  ...TOKEN,
  ...DEVICES,
  ...WITHOUT_PERSON,
  ...DPOP,
  ...CERTIFICATE,
  ...REQUEST,
  ...ADMIN,
}

/** Why something was refused. To add one, say its cause and its mend in the file of its situation; `docs/errors.md` follows. */
export type Reason = keyof typeof BY_NAME

/** What goes wrong where people show who they are. */
export type SignInReason = keyof typeof SIGN_IN

/** What can be shown to a person, and not only to a program. */
export type PersonReason =
  | keyof typeof PERSON
  | keyof typeof SIGN_IN
  | keyof typeof AUTHORIZE
  | keyof typeof REQUEST_OBJECT
  | keyof typeof DETAILS
  | keyof typeof REDIRECT
  | keyof typeof DOCUMENTS
  | keyof typeof REQUEST
  | 'admin_not_an_operator'
  | 'client_blocked'
  | 'client_unknown'
  | 'device_administration'
  | 'device_code_answered'
  | 'device_code_expired'
  | 'own_clients_too_many'
  | 'policy_refused'

/** The cause and the mend of every reason. */
export const REASONS: Readonly<Record<Reason, Explanation>> = BY_NAME

/** All reasons in the order in which somebody looks for them: what people meet most stands first. */
export const SITUATIONS: readonly Situation[] = [
  {
    title: 'Calling an MCP server',
    lead: 'The answer of a gateway, or of a server with @doorward/resource, to a request with or without an access token.',
    reasons: ACCESS,
  },
  {
    title: 'Behind the gateway',
    lead: 'The token was good; what is wrong is the message, or the MCP server that the gateway stands before.',
    reasons: GATEWAY,
  },
  {
    title: 'On the pages',
    lead: 'What a person meets in the browser between signing in and going back to the application.',
    reasons: PERSON,
  },
  {
    title: 'Signing in',
    lead: 'At an identity provider or with a passkey, and what a person changes in how they sign in.',
    reasons: SIGN_IN,
  },
  {
    title: 'Authorization requests',
    lead: 'An application sent a person here, or pushed a request, with something that cannot go on.',
    reasons: AUTHORIZE,
  },
  {
    title: 'Signed requests',
    lead: 'An application signed what it asks for (RFC 9101), and nothing of it is believed. The person is told, and no address in it.',
    reasons: REQUEST_OBJECT,
  },
  {
    title: 'Authorization details',
    lead: 'An application asks for something in detail (RFC 9396), or for a token with less of it.',
    reasons: DETAILS,
  },
  {
    title: 'Redirect URIs',
    lead: 'Where the answer of an authorization may go: at registration and at every request.',
    reasons: REDIRECT,
  },
  {
    title: 'Metadata documents',
    lead: 'The client id is an address, and what lies there describes the application.',
    reasons: DOCUMENTS,
  },
  {
    title: 'Registration',
    lead: 'An application registers itself, changes its registration, or is not admitted.',
    reasons: REGISTRATION,
  },
  {
    title: 'Invites and software statements',
    lead: 'An application registers, and somebody vouches for it.',
    reasons: VOUCHED,
  },
  {
    title: 'Client authentication',
    lead: 'Which client asks, at the token endpoint and its neighbours.',
    reasons: CLIENT,
  },
  {
    title: 'Codes and refresh tokens',
    lead: 'The token endpoint knows the client and does not give it what it asks for.',
    reasons: TOKEN,
  },
  {
    title: 'Devices',
    lead: 'A program without a browser shows a code (RFC 8628), somebody types it, and the program asks until they have answered.',
    reasons: DEVICES,
  },
  {
    title: 'Tokens without a person',
    lead: 'A program asks for itself, on the word of an identity provider or a platform, in exchange for another token, or about a token.',
    reasons: WITHOUT_PERSON,
  },
  {
    title: 'DPoP at the authorization server',
    lead: 'Tokens that are bound to a key: the proof that comes with a token request or a push.',
    reasons: DPOP,
  },
  {
    title: 'Client certificates',
    lead: 'Mutual TLS: who a client is, and what its tokens are bound to.',
    reasons: CERTIFICATE,
  },
  {
    title: 'Any request',
    lead: 'What is wrong before anybody looks at what is asked for.',
    reasons: REQUEST,
  },
  {
    title: 'The admin API',
    lead: 'For operators and their tools.',
    reasons: ADMIN,
  },
]
