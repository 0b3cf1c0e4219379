import type { Explanations } from './reason.ts'

/** Calling a protected MCP server: the access token and what comes with it. Given by the gateway and by servers with @doorward/resource. */
export const ACCESS = {
  algorithm_not_allowed: {
    cause: 'The access token is signed with an algorithm that is not taken, such as none or one with a shared secret.',
    mend: 'Let the authorization server sign with ES256, EdDSA or RS256.',
  },
  authorization_details_malformed: {
    cause: 'What the access token says of details (authorization_details) is no array of objects with a type.',
    mend: 'Mend the authorization server: the claim is as RFC 9396 §9.1 has it, or is left out.',
  },
  body_too_long: {
    cause: 'The message is longer than is read.',
    mend: 'Send less; large files belong into a place that the tool can fetch from.',
  },
  bound_token: {
    cause:
      'The access token is bound to a key, and came as Bearer (or to a certificate, and came as DPoP), or is bound in a way that this server does not judge.',
    mend: 'Send it with the DPoP scheme and a proof, one that is bound to a certificate as Bearer. A bound token that turns up as Bearer may be stolen.',
  },
  claim_aud_missing: {
    cause: 'The access token does not say whom it is for (aud).',
    mend: 'Let the authorization server put the resource into aud (RFC 9068 §2.2).',
  },
  claim_exp_invalid: {
    cause: 'exp of the access token is no number.',
    mend: 'Mend the authorization server: exp is a number of seconds.',
  },
  claim_exp_missing: {
    cause: 'The access token has no end (exp).',
    mend: 'Let the authorization server issue tokens that expire (RFC 9068 §2.2).',
  },
  claim_iat_invalid: {
    cause: 'iat of the access token is no number.',
    mend: 'Mend the authorization server: iat is a number of seconds.',
  },
  claim_nbf_check_failed: {
    cause: 'The access token is not good yet (nbf).',
    mend: 'Check the clocks of the authorization server and of this one.',
  },
  claim_nbf_invalid: {
    cause: 'nbf of the access token is no number.',
    mend: 'Mend the authorization server: nbf is a number of seconds.',
  },
  claim_sub_missing: {
    cause: 'The access token does not say who it is about (sub).',
    mend: 'Let the authorization server put in sub (RFC 9068 §2.2).',
  },
  encoded_body: {
    cause: 'The message comes compressed, and what is not read cannot be judged.',
    mend: 'Send it without Content-Encoding.',
  },
  expired: {
    cause: 'The access token has expired. This is normal: the client refreshes and goes on.',
    mend: 'If a client does not refresh, connect again. If a fresh token has expired at once, check the clocks of both servers.',
  },
  foreign_audience: {
    cause: 'The access token was issued for another resource.',
    mend: 'Compare aud of the token with resource of this server, letter by letter. A client that does not send resource (RFC 8707), or an address with another port or path than the public one, is the usual cause.',
  },
  foreign_charset: {
    cause: 'The message is in another character set than UTF-8, or its Content-Type cannot be read.',
    mend: 'Send it as application/json, in UTF-8.',
  },
  foreign_issuer: {
    cause: 'The access token was issued by an authorization server that this MCP server does not trust.',
    mend: 'Compare iss of the token with authorizationServers of this server, letter by letter; a slash at the end counts.',
  },
  guard_failed: {
    cause:
      'The guard of the MCP server could not judge the request. The fault is in how the server is put together, and not in the request.',
    mend: 'Its log has the error. A body parser before the guard that leaves nothing in request.body is the usual cause.',
  },
  header_too_long: {
    cause: 'The Authorization header is longer than is read.',
    mend: 'Ask the authorization server for a smaller token; group lists are the usual cause.',
  },
  issuer_unreachable: {
    cause: 'The keys of the authorization server cannot be fetched now, so no token can be judged.',
    mend: "Try again in a few seconds. Check that this server reaches the metadata of the authorization server, from its own network and by the issuer's own name.",
  },
  malformed: {
    cause: 'The access token is no JWT, or one that cannot be read.',
    mend: 'Send the access token whole, as it was issued. Where another authorization server issues it, let that issue JWTs (RFC 9068): opaque tokens are not taken, and at Auth0 and others a missing audience or resource is what makes them opaque.',
  },
  malformed_header: {
    cause: 'The Authorization header is not a scheme, a space and one token.',
    mend: "Send 'Bearer' and the token. A line break in a pasted token is the usual cause.",
  },
  missing_scope: {
    cause: 'The access token lacks a scope that this call needs; the answer names all that it needs.',
    mend: 'Connect again and agree to the wider access. Clients that step up by themselves ask right away.',
  },
  no_client: {
    cause: 'The access token does not say which client it was issued to (client_id, azp, appid or cid).',
    mend: 'Let the authorization server put in client_id (RFC 9068 §2.2).',
  },
  no_credentials: {
    cause:
      'The request has no Authorization header. This is how every connection begins: the answer tells the client where to ask for a token.',
    mend: 'Nothing, if a browser opens next. If it does not, the client does not understand OAuth, or cannot read WWW-Authenticate; a proxy that strips the header does this too.',
  },
  no_expiry: {
    cause: 'exp of the access token is no usable number.',
    mend: 'Mend the authorization server: exp is a number of seconds.',
  },
  no_nonce: {
    cause:
      'This server wants its nonce in every proof, or the nonce has run out, or the proof is from before this server started. This is a normal step and no failure.',
    mend: 'Sign a new proof with the nonce of the DPoP-Nonce header of this answer, and send the request again (RFC 9449 §9).',
  },
  no_proof: {
    cause: 'The access token came with the DPoP scheme and without a proof.',
    mend: 'Add a DPoP header with a proof for this very request.',
  },
  no_subject: {
    cause: 'sub of the access token is empty or no string.',
    mend: 'Let the authorization server put in sub (RFC 9068 §2.2).',
  },
  no_usable_key: {
    cause: 'The keys of the authorization server could not be used.',
    mend: 'Look at what stands behind jwks_uri of the authorization server; a key of an unknown kind under the kid of the token is the usual cause.',
  },
  not_supported: {
    cause: 'The access token wants an extension (crit) or an algorithm that is not known.',
    mend: 'Let the authorization server issue plain RFC 9068 tokens.',
  },
  other_scheme: {
    cause: 'The Authorization header has neither Bearer nor DPoP.',
    mend: 'Send the access token as Bearer. API keys mean nothing here.',
  },
  proof_access_token: {
    cause: 'The proof is for another access token.',
    mend: 'Set ath to the base64url of the SHA-256 of the token that is sent. After a refresh it is another.',
  },
  proof_algorithm: {
    cause: 'The proof is signed with an algorithm that is not taken, or wants an extension (crit).',
    mend: 'Use one of the algs of the challenge; ES256 always works.',
  },
  proof_claims: {
    cause: 'The proof lacks jti, htm, htu or iat, or one of them is of the wrong kind.',
    mend: 'Send all four, and ath; iat is a number of seconds.',
  },
  proof_key: {
    cause: 'The proof names no public key that fits its algorithm.',
    mend: 'Put the public key as jwk into the header of the proof; RSA keys need 2048 bits.',
  },
  proof_malformed: {
    cause: 'The DPoP header is not one JWT. Two headers, joined by a comma, are none.',
    mend: 'Send one DPoP header with one proof.',
  },
  proof_method: {
    cause: 'The proof is for another HTTP method.',
    mend: 'Set htm to the method of this very request.',
  },
  proof_other_key: {
    cause: 'The access token is bound to another key than the one of the proof.',
    mend: 'Sign with the key of the token request. Whoever stole the token has not got it.',
  },
  proof_private_key: {
    cause: 'The proof publishes the private part of its key, which is none any more.',
    mend: 'Make a new key, put only its public members into jwk, and get new tokens for it.',
  },
  proof_replayed: {
    cause: 'A proof with this jti was used before, or more proofs came in five minutes than this server can remember.',
    mend: 'Make a new proof with a new jti for each request, also when you try again.',
  },
  proof_signature: {
    cause: 'The proof is not signed with the key that it names.',
    mend: 'Sign header and payload as they are sent. ECDSA signatures are r and s joined (JOSE), not DER.',
  },
  proof_time: {
    cause: 'The proof is older than five minutes, from the future, or outside its own nbf and exp.',
    mend: 'Make a proof for each request, and check the clock of the computer.',
  },
  proof_unknown: {
    cause:
      'The memory of the proofs that were used before does not answer, so that nobody can say whether this one is new.',
    mend: 'Try again in a few seconds. If it stays, see why this server does not reach what remembers for it (proofs.claim); its log has the error.',
  },
  proof_url: {
    cause: 'The proof is for another address.',
    mend: 'Set htu to the address of the MCP server as its metadata names it (resource), without query. A proxy that changes the public address is the usual cause.',
  },
  proof_wrong_type: {
    cause: 'The proof does not have the type dpop+jwt.',
    mend: 'Set typ to dpop+jwt in its header.',
  },
  several_credentials: {
    cause: 'There is more than one Authorization header, or there are several tokens in it.',
    mend: 'Send one. A header that is configured by hand beside the one of OAuth is the usual cause; remove it.',
  },
  revocation_unknown: {
    cause:
      'The server has not heard of revoked grants for a while and is set to refuse until it does (whenUnreachable: refuse).',
    mend: 'Try again in a moment. If it stays, see why the authorization server cannot be reached from there.',
  },
  token_outdated: {
    cause:
      'The token is from before its grant was narrowed, by the person or because of their groups; or so many grants ended lately that tokens of before cannot be told apart any more.',
    mend: 'Refresh the token; whose grant stands gets a new one at once, with what it holds now.',
  },
  no_certificate: {
    cause: 'The access token is bound to a client certificate, and the connection has none.',
    mend: 'Connect with the certificate. A bound token that turns up without it may be stolen.',
  },
  not_bound: {
    cause: 'This server takes only tokens that are bound to a key of the client, and this one is not.',
    mend: 'Ask for the token with a DPoP proof, and send one with each request. Most clients that know DPoP do so where the metadata says that it is taken.',
  },
  not_certificate_bound: {
    cause: 'This server takes only tokens that are bound to a client certificate, and this one is not.',
    mend: 'Register with tls_client_certificate_bound_access_tokens, and ask for the token on a connection with the certificate.',
  },
  other_certificate: {
    cause: 'The access token is bound to another client certificate than that of the connection.',
    mend: 'Connect with the certificate that the token was asked for with; after it was renewed, refresh.',
  },
  unbound_token: {
    cause: 'The access token came with the DPoP scheme and is bound to no key.',
    mend: 'Send it as Bearer, or ask for a bound one with a proof at the token endpoint.',
  },
  unknown_key: {
    cause: 'No key of the authorization server has the kid of the access token.',
    mend: 'Connect again. A token of before the keys changed, or of another server that claims the same issuer, is the usual cause.',
  },
  wrong_signature: {
    cause: 'The signature of the access token does not fit the keys of the authorization server.',
    mend: 'Connect again. If it stays, the token comes from elsewhere or was changed on the way.',
  },
  wrong_type: {
    cause: 'The token is not an access token by its type (at+jwt, RFC 9068 §4). An ID token is none.',
    mend: 'Send the access token. For authorization servers that mark theirs otherwise, set acceptPlainJwt.',
  },
} satisfies Explanations
