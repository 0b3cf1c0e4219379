import type { Explanations } from './reason.ts'

/** Which client is asking (RFC 6749 §2.3), at the token, revocation and pushed-request endpoints. */
export const CLIENT = {
  assertion_expired: {
    cause: 'The client assertion has expired.',
    mend: 'Make one for each request, and check the clock.',
  },
  assertion_for_somebody_else: {
    cause:
      "A claim of the client assertion is missing or names somebody else: iss and sub have to be the client_id, aud this server's issuer, and jti has to be there.",
    mend: 'Take issuer from the metadata of this server as aud, alone and letter by letter.',
  },
  assertion_from_the_future: {
    cause: 'The nbf of the client assertion is still to come, or its iat is more than a minute from now.',
    mend: 'Set the clock of the client right, and leave nbf out or set it to now.',
  },
  assertion_keys_unavailable: {
    cause: 'The keys of the client cannot be fetched from its jwks_uri now, or what is there is no key set.',
    mend: 'Try again in a minute. For its makers: serve a JWK Set at jwks_uri over https, publicly reachable, without redirects.',
  },
  assertion_malformed: {
    cause:
      'The client assertion is no JWT that is read here: too long, without a subject, without a usable jti, or signed with an algorithm that is not taken.',
    mend: 'Sign a JWT with iss and sub (both the client_id), aud (the issuer), exp, iat and a jti of its own (RFC 7523 §3).',
  },
  assertion_not_signed_by_client: {
    cause: 'The signature of the client assertion fits none of the keys that the client registered.',
    mend: 'Sign with the private part of a registered key, name it in kid, and wait half a minute after publishing a new one.',
  },
  assertion_replayed: {
    cause: 'A client assertion with this jti was used before.',
    mend: 'Make a new one with a new jti for each request, also when you try again.',
  },
  assertion_too_long_lived: {
    cause: 'The client assertion is good for longer than ten minutes.',
    mend: 'Make one for each request, good for a minute.',
  },
  assertion_type: {
    cause: 'There is a client_assertion, and client_assertion_type is not the one for JWTs.',
    mend: 'Send client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer.',
  },
  basic_malformed: {
    cause: 'The Authorization header is not HTTP Basic with a form-urlencoded id and secret (RFC 6749 §2.3.1).',
    mend: 'Form-urlencode both, join them with a colon, then base64. At these endpoints no other scheme has a meaning.',
  },
  client_authentication_method: {
    cause: 'The client authenticates in another way than the one that it registered for; the message names both.',
    mend: 'Use the registered way, or register anew. A client with a secret that sends none is the usual cause.',
  },
  client_authentication_twice: {
    cause: 'The request uses more than one way of client authentication, which RFC 6749 §2.3 forbids.',
    mend: 'Send the secret in the header or in the body, not in both.',
  },
  client_id_twice: {
    cause: 'The client_id in the body differs from the one in the Authorization header or in the client assertion.',
    mend: 'Send the same one, or leave it out of the body.',
  },
  client_missing: {
    cause: 'The request does not say which client it comes from.',
    mend: 'Send client_id in the body, or the credentials in an Authorization header.',
  },
  client_secret_expired: {
    cause: 'The client secret has expired.',
    mend: 'Register again; the answer says how long the new secret is good (client_secret_expires_at).',
  },
  client_secret_revoked: {
    cause: 'The client secret was replaced or revoked.',
    mend: 'Use the new one, or register again.',
  },
  client_secret_wrong: {
    cause: 'The client secret is not one that this server gave to this client.',
    mend: 'Copy it whole, or remove the connection and add it again. A program: ask an operator for another one (doorward client secret); a person gives one to their own applications. Each is shown once. A secret of before the server secret changed is wrong too.',
  },
  client_unknown: {
    cause:
      'This server knows no application with this client id. The application remembers a registration from before: the server has a new database, the application was removed, or it was never used and has expired.',
    mend: 'Remove the connection in the application and add it again; it will register anew. For mcp-remote, delete ~/.mcp-auth. For a program, compare the id with what the operator sees in the list of clients.',
  },
  policy_client_authentication: {
    cause:
      'This client is registered for a way of authentication that this server does not take; the message names those that it does.',
    mend: 'Register with one of them. Whoever runs the server chose this with the policy preset, and by what is set up for certificates.',
  },
  token_of_another_client: {
    cause: 'The token to be revoked was issued to another client.',
    mend: 'Revoke with the client that got it (RFC 7009 §2.1).',
  },
} satisfies Explanations
