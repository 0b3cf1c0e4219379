import type { Explanations } from './reason.ts'

/** The token endpoint: codes and refresh tokens. */
export const TOKEN = {
  code_expired: {
    cause: 'The code has expired, after one minute, or its grant is gone.',
    mend: 'Connect again. For makers: redeem the code at once.',
  },
  code_foreign: {
    cause: 'The code was not made by this server, or not under its present secret, or was changed on the way.',
    mend: 'Connect again. For makers: pass the code on as it came, decoded once. With several processes behind one address, all need the same secret.',
  },
  code_of_another_client: {
    cause: 'The code was issued to another client.',
    mend: 'Redeem it with the client_id of the authorization request. Registering anew in the middle of a flow is the usual cause.',
  },
  code_reused: {
    cause:
      'The code was used before. Thief and owner cannot be told apart, so everything that was issued from it is revoked (OAuth 2.1 §4.1.3).',
    mend: 'Connect again. For makers: redeem each code once, and never try again with the same code.',
  },
  grant_expired: {
    cause:
      'The grant has ended because nobody refreshed it for a long time, or because it has reached the end date that was set for it.',
    mend: 'Connect again.',
  },
  grant_revoked: {
    cause:
      'The grant is revoked: by the person, an operator or the client itself, because a code or refresh token of it was used twice, or because the database was brought back from a backup, which ends every grant.',
    mend: 'Connect again. Whoever runs the server sees why with doorward trace and the reference, or with doorward grant list --all, and who did it with doorward events.',
  },
  grant_type_unknown: {
    cause: 'The grant_type is none that this server offers.',
    mend: 'Use one of grant_types_supported in the metadata of this server, written out: urn:ietf:params:oauth:grant-type:device_code, for instance.',
  },
  grant_unknown: {
    cause: 'There is no such grant (any more).',
    mend: 'Connect again. A database that was replaced or restored is the usual cause.',
  },
  groups_left: {
    cause: 'The person is in none of the groups any more that may use this MCP server, so the grant has ended.',
    mend: 'Ask whoever runs this server about the groups; doorward user groups shows and sets them. Then connect again.',
  },
  pkce_mismatch: {
    cause: 'code_verifier does not fit the code_challenge of the authorization request.',
    mend: 'Connect again. For makers: keep the verifier of each flow apart. Two flows at once that share one place to keep it are the usual cause, or a verifier shorter than 43 characters.',
  },
  pkce_verifier_missing: {
    cause: 'code_verifier is missing.',
    mend: 'Send the verifier whose digest was the code_challenge (RFC 7636 §4.5).',
  },
  redirect_uri_differs: {
    cause: 'redirect_uri is another one here than in the authorization request; the message shows both.',
    mend: 'Connect again. For makers: keep the string of the authorization request. A second callback server at another port is the usual cause.',
  },
  refresh_token_ahead: {
    cause:
      'The refresh token is newer than what the database knows of its grant: the database was put back to an earlier state, by a restored backup or by a failover to a replica that was behind. What else was lost nobody knows, so the grant is revoked.',
    mend: 'Connect again. For whoever runs this server: a synchronous replica loses nothing (docs/survival.md).',
  },
  refresh_token_foreign: {
    cause: 'The refresh token was not made by this server, or not under its present secret, or was cut off.',
    mend: 'Connect again. After a change of the server secret everybody has to.',
  },
  refresh_token_of_another_client: {
    cause: 'The refresh token was issued to another client.',
    mend: 'Refresh with the client_id that got it. An application that registers at every start and keeps old tokens is the usual cause.',
  },
  refresh_token_reused: {
    cause:
      'The refresh token was used before, longer ago than parallel requests explain. It may have been stolen, so the grant is revoked (RFC 9700 §4.14.2).',
    mend: 'Connect again. For makers: store the new refresh token before you use it, in one place for all processes. A restored backup does this too.',
  },
  resource_differs: {
    cause: 'resource is another one here than the person agreed to; the message shows both.',
    mend: 'Ask for the same resource, or leave it out.',
  },
  scope_widened: {
    cause: 'The refresh asks for a scope that was not granted (RFC 6749 §6).',
    mend: 'Leave scope out, or start a new authorization with the wider scope so that the person can agree.',
  },
  user_disabled: {
    cause: 'The account behind this grant is disabled.',
    mend: 'Ask whoever runs this server.',
  },
} satisfies Explanations
