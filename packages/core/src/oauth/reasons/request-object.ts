import type { Explanations } from './reason.ts'

/** A request that its client signed (RFC 9101). */
export const REQUEST_OBJECT = {
  request_object: {
    cause: "The request_uri is none of this server's, and what lies at somebody else's address is not fetched.",
    mend: 'Push the request to /par and use the request_uri from there, or send the signed request itself as request.',
  },
  request_object_algorithm: {
    cause:
      'The request object is signed with an algorithm that this server does not take, or another than this client registered.',
    mend: 'Sign with one of request_object_signing_alg_values_supported, and with the registered one where there is one.',
  },
  request_object_claim: {
    cause:
      'A claim of the request object that the message names is missing or wrong: iss is the client id, aud the issuer of this server, nbf has come, exp is a date.',
    mend: 'Set all four. A clock that is wrong by more than half a minute is the usual cause of a wrong nbf.',
  },
  request_object_client_id: {
    cause: 'The client_id inside of the request object is not the one that stands outside, or that authenticated.',
    mend: 'Send the same client_id in both places (RFC 9101 §5).',
  },
  request_object_encrypted: {
    cause: 'The request object is encrypted, which this server does not take.',
    mend: 'Sign it and leave it at that. Who wants it unseen by the browser pushes it to /par.',
  },
  request_object_expired: {
    cause: 'The time of the request object is over (exp).',
    mend: 'Connect again from the application. For its makers: sign each request anew, a moment before it is sent.',
  },
  request_object_from_the_future: {
    cause: 'The nbf of the request object is still to come, or its iat is more than a minute from now.',
    mend: 'For its makers: set the clock of the client right, and nbf to now.',
  },
  request_object_keys_unavailable: {
    cause: 'The keys of this client cannot be fetched from its jwks_uri, or not read.',
    mend: 'Try again in a minute. If it stays, its makers find there what answers at that address.',
  },
  request_object_malformed: {
    cause: 'The request object is no signed JWT in compact form with a JSON object in it.',
    mend: 'Let a JOSE library make it.',
  },
  request_object_member: {
    cause:
      'A parameter in the request object is no string. Only resource, authorization_details, claims and max_age are something else.',
    mend: 'Write the value as a JSON string.',
  },
  request_object_member_twice: {
    cause: 'The JSON of the request object has a member twice, and readers differ in which of them counts.',
    mend: 'Write it once.',
  },
  request_object_missing: {
    cause: 'This client registered to sign its requests (require_signed_request_object), and this one is not signed.',
    mend: 'Send the parameters in a signed request object, or have the registration changed.',
  },
  request_object_nested: {
    cause: 'A request or request_uri stands inside of the request object (RFC 9101 §4).',
    mend: 'Sign the parameters themselves.',
  },
  request_object_no_keys: {
    cause: 'The client signs its request and has registered no keys to check it with.',
    mend: 'Register jwks or jwks_uri, or send the parameters plainly.',
  },
  request_object_signature: {
    cause: 'The request object is not signed by a key of this client, or was changed since.',
    mend: 'Sign with a key of the registered jwks or jwks_uri and name it by kid. What signs must be the key of this very client id.',
  },
  request_object_subject: {
    cause:
      'The request object has the client as its sub, so that it could pass as proof of who is asking (RFC 9101 §10.8).',
    mend: 'Leave sub out.',
  },
  request_object_too_deep: {
    cause: 'The JSON of the request object is nested deeper than is read here.',
    mend: 'Flatten it. No parameter that is known here needs it.',
  },
  request_object_too_long_lived: {
    cause: 'Between nbf and exp of the request object lies more than an hour.',
    mend: 'Give it a minute or two.',
  },
  request_object_too_old: {
    cause: 'The nbf of the request object is more than an hour ago.',
    mend: 'Connect again from the application. For its makers: sign each request anew, a moment before it is sent.',
  },
  request_object_twice: {
    cause: 'The request has both request and request_uri, which exclude each other (RFC 9101 §5).',
    mend: 'Send one of them.',
  },
  request_object_type: {
    cause:
      'The request object does not say by its typ that it is one, so that anything that the client signs could pass for it.',
    mend: 'Set typ to oauth-authz-req+jwt in the header of the JWT (RFC 9101 §10.8).',
  },
} satisfies Explanations
