import type { Explanations } from './reason.ts'

/** The authorization request, when an application sends a person here. */
export const AUTHORIZE = {
  admin_client_assurance: {
    cause:
      'The administration of this server is a resource for clients that an operator registered, and this one is none.',
    mend: 'Register it with doorward client add.',
  },
  dpop_jkt_malformed: {
    cause: 'dpop_jkt is not the base64url of a SHA-256 thumbprint.',
    mend: 'Send the JWK thumbprint of RFC 7638, 43 characters, without padding.',
  },
  pkce_malformed: {
    cause: 'code_challenge is not 43 characters of base64url, as every SHA-256 digest is.',
    mend: 'Send the base64url of the SHA-256 of the verifier, without padding (RFC 7636 §4.2).',
  },
  pkce_method: {
    cause: 'code_challenge_method is not S256; left out, it means plain, which protects nothing.',
    mend: 'Send code_challenge_method=S256.',
  },
  pkce_missing: {
    cause: 'code_challenge is missing. Every client has to use PKCE here, also one with a secret (OAuth 2.1 §4.1.1).',
    mend: 'Update the application. For its makers: send code_challenge and code_challenge_method=S256.',
  },
  prompt_none: {
    cause: 'prompt=none asks for an answer without a person. Here a person always agrees.',
    mend: 'Leave prompt out, and refresh instead of asking again.',
  },
  prompt_unknown: {
    cause: 'prompt has a value that OpenID Connect does not know.',
    mend: 'Use login or consent, or leave it out.',
  },
  pushed_by_another: {
    cause: 'The request_uri was pushed by another client than the one that the browser names.',
    mend: 'Connect again from the application. For its makers: send the client_id that pushed.',
  },
  pushed_dpop_jkt: {
    cause: 'dpop_jkt names another key than the DPoP proof of the same push.',
    mend: 'Leave dpop_jkt out; the proof says it already.',
  },
  pushed_expired: {
    cause: 'The pushed request has waited too long; it is good for a minute and a half.',
    mend: 'Connect again from the application. For its makers: open the browser at once after the push.',
  },
  pushed_foreign: {
    cause: 'The request_uri was not made by this server, or not under its present secret.',
    mend: 'Connect again from the application.',
  },
  pushed_request_missing: {
    cause:
      "This server, or this client's own registration, wants every request pushed first (RFC 9126), and this one came through the browser alone.",
    mend: 'Push the parameters to /par, then send the person here with client_id and the request_uri from there.',
  },
  pushed_request_uri: {
    cause: 'A pushed request has a request_uri in it, which RFC 9126 §2.1 forbids.',
    mend: 'Push the parameters themselves.',
  },
  pushed_used: {
    cause: 'This request was answered before, by somebody else. A pushed request is good for one person.',
    mend: 'Connect again from your application, and never open a link to connect that somebody sent you.',
  },
  request_too_long: {
    cause: 'All parameters together are too long to wait in an address until a person has answered.',
    mend: 'Shorten state first of all: it belongs into the application, with a short key of it in the request. Then authorization_details.',
  },
  resource_missing: {
    cause: 'Several resources are served here, and the request does not say which is meant.',
    mend: 'Update the application. For its makers: send resource with the address of the MCP server (RFC 8707).',
  },
  resource_several: {
    cause: 'The request names several resources. A token is for one.',
    mend: 'Ask for each with a request of its own.',
  },
  resource_unknown: {
    cause:
      'The request names a resource that this server does not issue tokens for; the message names those that it does.',
    mend: 'Check the address of the MCP server that was pasted into the application, with its path. Whoever runs the server finds the list under resources.',
  },
  response_mode: {
    cause: 'response_mode is something else than query.',
    mend: 'Leave it out.',
  },
  response_type: {
    cause: 'response_type is something else than code.',
    mend: 'Use the code flow with PKCE; OAuth 2.1 has no other.',
  },
  scope_malformed: {
    cause: 'A scope has characters that scopes do not have (RFC 6749 §3.3).',
    mend: 'Send the scopes separated by single spaces.',
  },
  scope_not_allowed: {
    cause:
      'A person is asked for none of these scopes, or a program asks for one too many: it is not allowed for this client. The message names those that are.',
    mend: 'Ask whoever runs this server. They bounded the scopes when they registered or invited the client, or by the policy.',
  },
} satisfies Explanations
