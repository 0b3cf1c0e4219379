import type { Explanations } from './reason.ts'

/** DPoP proofs at the authorization server (RFC 9449 §5). */
export const DPOP = {
  dpop_access_token: {
    cause: 'The proof is for another access token (ath).',
    mend: 'Leave ath out at the token endpoint.',
  },
  dpop_algorithm: {
    cause: 'The proof is signed with an algorithm that is not taken, or wants an extension (crit).',
    mend: 'Use one of dpop_signing_alg_values_supported; ES256 always works.',
  },
  dpop_claims: {
    cause: 'The proof lacks jti, htm, htu or iat, or one of them is of the wrong kind.',
    mend: 'Send all four; iat is a number of seconds.',
  },
  dpop_key: {
    cause: 'The proof names no public key that fits its algorithm.',
    mend: 'Put the public key as jwk into the header of the proof; RSA keys need 2048 bits.',
  },
  dpop_malformed: {
    cause: 'The DPoP header is not one JWT. Two headers, joined by a comma, are none.',
    mend: 'Send one DPoP header with one proof.',
  },
  dpop_method: {
    cause: 'The proof is for another HTTP method.',
    mend: 'Set htm to POST.',
  },
  dpop_nonce: {
    cause:
      'This server wants its nonce in every proof, or the nonce has run out. This is a normal step and no failure.',
    mend: 'Sign a new proof with the nonce of the DPoP-Nonce header of this answer, and send the request again (RFC 9449 §8).',
  },
  dpop_other_key: {
    cause: 'The proof is signed with another key than the one that is expected.',
    mend: 'Sign with the key that the tokens are bound to.',
  },
  dpop_private_key: {
    cause: 'The proof publishes the private part of its key, which is none any more.',
    mend: 'Make a new key and put only its public members into jwk.',
  },
  dpop_replayed: {
    cause: 'A proof with this jti was used before.',
    mend: 'Make a new proof with a new jti for each request, also when you try again.',
  },
  dpop_signature: {
    cause: 'The proof is not signed with the key that it names.',
    mend: 'Sign header and payload as they are sent. ECDSA signatures are r and s joined (JOSE), not DER.',
  },
  dpop_time: {
    cause: 'The proof is older than five minutes, from the future, or outside its own nbf and exp.',
    mend: 'Make a proof for each request, and check the clock of the computer.',
  },
  dpop_url: {
    cause: 'The proof is for another address.',
    mend: 'Set htu to the address of this endpoint as the metadata of this server names it, without query. A proxy that changes the public address is the usual cause.',
  },
  dpop_wrong_type: {
    cause: 'The proof does not have the type dpop+jwt.',
    mend: 'Set typ to dpop+jwt in its header.',
  },
  sender_constraint_missing: {
    cause:
      'The request has no DPoP proof and no client certificate that counts, and this client registered for bound tokens, or this server issues no others.',
    mend: 'Send a DPoP header with each token request. Whoever runs the server chose this with the policy preset.',
  },
  sender_key_differs: {
    cause:
      'The grant is bound to a key, and the request does not show that key: it has no DPoP proof or client certificate, or another one.',
    mend: 'Keep the key with the tokens, and sign or connect with it. After the key is lost, connect again.',
  },
} satisfies Explanations
