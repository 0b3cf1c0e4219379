import type { Explanations } from './reason.ts'

/** Registration (RFC 7591, RFC 7592): what a client says of itself, and whether it may. */
export const REGISTRATION = {
  client_blocked: {
    cause: 'Whoever runs this server has blocked this application.',
    mend: 'Ask them why. They lift it with doorward client unblock.',
  },
  management_client_id: {
    cause: 'The changed registration lacks client_id, or names another client (RFC 7592 §2.2).',
    mend: 'Send the whole registration, with the client_id that it has.',
  },
  management_invite_forgotten: {
    cause: 'The invite that this client came with is forgotten, and with it the bounds within which it could change.',
    mend: 'Register anew with a new invite, or ask whoever runs the server to register the application.',
  },
  management_not_to_set: {
    cause: 'The changed registration has a field that only the server sets (RFC 7592 §2.2).',
    mend: 'Leave out the field that the message names.',
  },
  management_secret: {
    cause: 'The changed registration names another client_secret than the one in force.',
    mend: 'Leave client_secret out, or send the one in force; a client cannot choose its own.',
  },
  management_token: {
    cause: 'The registration access token is missing or is not the one of this client, or there is no such client.',
    mend: 'Send the registration_access_token of the registration as Bearer, to the registration_client_uri of the same registration. Only invited clients have one.',
  },
  metadata_application_type: {
    cause: 'application_type is neither native nor web.',
    mend: 'Send one of the two, or leave it out; then it follows from the redirect URIs.',
  },
  metadata_auth_method: {
    cause: 'token_endpoint_auth_method is none that this server takes; the message names those.',
    mend: 'Register with one of them. A client that cannot keep a secret registers with none. Left out, it means client_secret_basic (RFC 7591 §2).',
  },
  metadata_public_client_credentials: {
    cause: 'The client is to act for itself and would prove nothing.',
    mend: 'Register it with a secret or with keys.',
  },
  metadata_scope_missing: {
    cause: 'The client is to act for itself, and nothing says what it may do.',
    mend: 'Name its scopes: all that it may ever have.',
  },
  metadata_authorization_details_types: {
    cause: 'authorization_details_types is no array of strings, or has too many or too long entries.',
    mend: 'Send the types that the client asks for, or leave it out.',
  },
  metadata_client_name: {
    cause: 'client_name is no string, is too long, or has control characters.',
    mend: 'Send a short name, as a person should see it on the consent page.',
  },
  metadata_client_uri: {
    cause: 'client_uri is no web address, or too long.',
    mend: 'Send an http or https address, or leave it out.',
  },
  metadata_contacts: {
    cause: 'contacts is no array of strings, or has too many or too long entries.',
    mend: 'Send a few e-mail addresses, or leave it out.',
  },
  metadata_dpop_bound_access_tokens: {
    cause: 'dpop_bound_access_tokens is neither true nor false.',
    mend: 'Send a JSON boolean, not a string.',
  },
  metadata_grant_types: {
    cause: 'grant_types is no array of strings, or lacks authorization_code.',
    mend: 'Add authorization_code, or leave grant_types out.',
  },
  metadata_jwks: {
    cause: 'jwks is no JWK Set, has no keys or too many, or has one of an unknown type.',
    mend: 'Publish an object with a keys array of EC, RSA or OKP keys (RFC 7517 §5).',
  },
  metadata_jwks_uri: {
    cause: 'jwks_uri is no https address.',
    mend: 'Serve the keys over https; http is taken at this computer only.',
  },
  metadata_certificate_bound: {
    cause: 'tls_client_certificate_bound_access_tokens is neither true nor false.',
    mend: 'Send a JSON boolean, or leave it out.',
  },
  metadata_certificate_subject: {
    cause: 'tls_client_auth needs exactly one of five names of the certificate, and has none of them, or several.',
    mend: 'Register one of tls_client_auth_subject_dn, _san_dns, _san_uri, _san_ip and _san_email.',
  },
  metadata_keys_missing: {
    cause:
      'private_key_jwt or self_signed_tls_client_auth was chosen, and neither jwks nor jwks_uri says with which keys.',
    mend: 'Register one of the two.',
  },
  metadata_logo_uri: {
    cause: 'logo_uri is no web address, or too long.',
    mend: 'Send an http or https address, or leave it out.',
  },
  metadata_not_an_object: {
    cause: 'The registration request is valid JSON and no object.',
    mend: 'Send one JSON object with redirect_uris in it (RFC 7591 §3.1).',
  },
  metadata_policy_uri: {
    cause: 'policy_uri is no web address, or too long.',
    mend: 'Send an http or https address, or leave it out.',
  },
  metadata_private_key: {
    cause: 'jwks holds a private or a shared key. Whoever can read it can pretend to be the client, so it is burnt.',
    mend: 'Make a new key and publish its public part alone.',
  },
  metadata_require_pushed_authorization_requests: {
    cause: 'require_pushed_authorization_requests is neither true nor false.',
    mend: 'Send a JSON boolean, not a string.',
  },
  metadata_require_signed_request_object: {
    cause: 'require_signed_request_object is neither true nor false.',
    mend: 'Send a JSON boolean, not a string.',
  },
  metadata_response_types: {
    cause: 'response_types is no array of strings, or lacks code.',
    mend: 'Add code, or leave response_types out. There is no other flow in OAuth 2.1.',
  },
  metadata_scope: {
    cause: 'scope is no string, or has a scope with characters that scopes do not have (RFC 6749 §3.3).',
    mend: 'Send the scopes in one string, separated by single spaces.',
  },
  metadata_signing_alg: {
    cause:
      'token_endpoint_auth_signing_alg or request_object_signing_alg is none that is taken here; the message names those.',
    mend: 'Choose one of them. Nothing symmetric is taken.',
  },
  metadata_software_id: {
    cause: 'software_id is no string, too long, or has control characters.',
    mend: 'Send a short string, the same for every copy of the software.',
  },
  metadata_software_version: {
    cause: 'software_version is no string, too long, or has control characters.',
    mend: 'Send a short string, or leave it out.',
  },
  metadata_tos_uri: {
    cause: 'tos_uri is no web address, or too long.',
    mend: 'Send an http or https address, or leave it out.',
  },
  metadata_tls_client_auth_san_dns: {
    cause: 'tls_client_auth_san_dns is no DNS name; wildcards are none.',
    mend: 'Register the name as it stands in the certificate.',
  },
  metadata_tls_client_auth_san_email: {
    cause: 'tls_client_auth_san_email is no email address.',
    mend: 'Register the name as it stands in the certificate.',
  },
  metadata_tls_client_auth_san_ip: {
    cause: 'tls_client_auth_san_ip is no IPv4 or IPv6 address.',
    mend: 'Register the name as it stands in the certificate.',
  },
  metadata_tls_client_auth_san_uri: {
    cause: 'tls_client_auth_san_uri is no absolute URI.',
    mend: 'Register the name as it stands in the certificate.',
  },
  metadata_tls_client_auth_subject_dn: {
    cause: 'tls_client_auth_subject_dn is no distinguished name in the string form of RFC 4514.',
    mend: 'Register the name as it stands in the certificate.',
  },
  metadata_two_constraints: {
    cause: 'Tokens were to be bound by DPoP and to a certificate; one token answers to one key here.',
    mend: 'Register one of dpop_bound_access_tokens and tls_client_certificate_bound_access_tokens.',
  },
  metadata_two_key_sources: {
    cause: 'The client names jwks and jwks_uri, which exclude each other (RFC 7591 §2).',
    mend: 'Keep one of them.',
  },
  own_clients_too_many: {
    cause: 'One person can have so many applications of their own and no more; the message says how many.',
    mend: 'Remove one under your own applications first.',
  },
  policy_refused: {
    cause: 'A rule of this server does not admit this application.',
    mend: 'Ask whoever runs this server whether it can be admitted, and tell them the reference. They find the rule with doorward events --ref, and can change the policy or approve the application (doorward client approve).',
  },
  registration_closed: {
    cause: 'This server registers nobody who brings nothing.',
    mend: 'Ask whoever runs it for an invite (doorward invite create) and give its token to the application, or let them register the application (doorward client add).',
  },
  registration_limit: {
    cause:
      'More new applications registered in this hour than may, from this network or in all. Applications that are known already do not count.',
    mend: 'Wait as long as the message says. Whoever runs the server can raise registration limits; a client that registers under a new name each time needs mending.',
  },
} satisfies Explanations
