import type { Explanations } from './reason.ts'

/** Registration with an invite, or with a software statement. */
export const VOUCHED = {
  invite_exhausted: {
    cause: 'The invite has registered as many clients as it may.',
    mend: 'Ask whoever runs the server for another, or for one with more uses.',
  },
  invite_expired: {
    cause: 'The invite has expired.',
    mend: 'Ask whoever runs the server for a new one.',
  },
  invite_redirect_host: {
    cause: 'A redirect URI is at a host that this invite does not allow; the message names those that it does.',
    mend: 'Register with addresses there, or ask for an invite for this host.',
  },
  invite_revoked: {
    cause: 'The invite was revoked.',
    mend: 'Ask whoever runs the server for a new one.',
  },
  invite_unknown: {
    cause: 'The initial access token was not made by this server, or its invite is forgotten.',
    mend: 'Copy the token whole, from doorward invite create of this very server.',
  },
  statement_algorithm: {
    cause: 'The statement is signed with an algorithm that is not taken from this issuer.',
    mend: 'Sign it with an asymmetric algorithm, one of those that the server allows for this issuer.',
  },
  statement_claim: {
    cause: 'A claim of the statement is not good; the message names it.',
    mend: 'Get a new statement from its issuer; nbf in the future and a malformed date are the usual causes.',
  },
  statement_expired: {
    cause: 'The statement has expired.',
    mend: 'Get a new one from its issuer.',
  },
  statement_from_the_future: {
    cause: 'The statement says that it was issued later than now.',
    mend: 'Check the clocks of its issuer and of this server.',
  },
  statement_issuer_unknown: {
    cause: 'Nobody here trusts the issuer of the software statement, or it names none.',
    mend: 'Whoever runs the server can add it under statementIssuers, with its keys.',
  },
  statement_jti_missing: {
    cause: 'This issuer makes each statement for one use, and this one has no jti to tell it by.',
    mend: 'The issuer has to sign a jti.',
  },
  statement_keys_unavailable: {
    cause: 'The keys of the issuer cannot be fetched now.',
    mend: 'Try again in a minute. Whoever runs the server finds the address under statementIssuers.',
  },
  statement_malformed: {
    cause: 'The software statement is not a JWT, or longer than is read here.',
    mend: 'Send what the issuer gave you, whole, as one string.',
  },
  statement_no_redirects: {
    cause: 'The statement names no redirect_uris; what makes a client what it is has to be signed.',
    mend: 'The issuer has to sign redirect_uris.',
  },
  statement_no_software: {
    cause: 'The statement names no software_id, so it vouches for nothing.',
    mend: 'The issuer has to sign software_id. An ID token or access token is no software statement.',
  },
  statement_redirect_host: {
    cause: 'This issuer is trusted, but not for redirects to this host.',
    mend: 'Whoever runs the server can add the host to those of the issuer.',
  },
  statement_replayed: {
    cause:
      'A statement with this jti was used before: this very one, where its issuer makes each for one use, or another.',
    mend: 'Get a new statement from its issuer.',
  },
  statement_signature: {
    cause: 'The signature does not fit the published keys of the issuer, or its key is not among them.',
    mend: 'Sign with a current key, and keep its public part at the jwks address that the server knows.',
  },
  statement_software_id: {
    cause: 'This issuer is trusted, but not for this software.',
    mend: 'Whoever runs the server can add the software_id to those of the issuer.',
  },
} satisfies Explanations
