import type { Explanations } from './reason.ts'

/** Client certificates at the authorization server (RFC 8705), and the ways by which they come. */
export const CERTIFICATE = {
  certificate_expired: {
    cause: 'The client certificate has run out.',
    mend: 'Have it renewed. With the same name it goes on being this client.',
  },
  certificate_header_malformed: {
    cause:
      'The header in which the proxy passes client certificates on does not hold one certificate in the configured format.',
    mend: 'Whoever runs the server compares mtls.header.format with what the proxy sends (docs/mtls.md).',
  },
  certificate_header_twice: {
    cause: 'The header for client certificates came twice: the proxy added its own to one that was there before.',
    mend: 'Whoever runs the server has the proxy set that header and not add to it; a client may have written the other.',
  },
  certificate_keys_unavailable: {
    cause: 'The certificates that this client registered are at its jwks_uri, which cannot be fetched now.',
    mend: 'See that the address answers with a JWK Set over https, and try again.',
  },
  certificate_missing: {
    cause:
      'The connection has no client certificate, and this client authenticates with one, or its tokens are to be bound to one. A DPoP proof does not stand in for it.',
    mend: 'Connect with the certificate, to the address in mtls_endpoint_aliases where the metadata has one: at the others nobody is asked for it.',
  },
  certificate_not_for_clients: {
    cause:
      'The certificate is made for something else: its key usage or extended key usage does not have client authentication.',
    mend: 'Have one issued with clientAuth and digitalSignature.',
  },
  certificate_not_registered: {
    cause: 'The certificate is none of those in the jwks of this client, or not the one that x5c names for its key.',
    mend: 'Register the certificate, or connect with a registered one. With jwks_uri a new one counts within half a minute.',
  },
  certificate_not_yet_valid: {
    cause: 'The client certificate is not valid yet.',
    mend: 'Wait, or check the clocks of the authority and of this server.',
  },
  certificate_of_somebody_else: {
    cause: 'A trusted authority issued the certificate, for another subject than the one that this client registered.',
    mend: 'Compare them. A distinguished name is written as in RFC 4514, the last part first, and counts as a whole.',
  },
  certificate_unknown_extension: {
    cause: 'The certificate has a critical extension that is not known here.',
    mend: 'Have one issued without it.',
  },
  certificate_unknown_issuer: {
    cause: 'None of the authorities that this server trusts issued the certificate.',
    mend: 'Whoever runs the server names the authority that issued it, an intermediate one too, under mtls.authorities.',
  },
  certificate_weak_signature: {
    cause: 'The certificate is signed with SHA-1, MD5 or in another way that is not taken.',
    mend: 'Have one issued with ECDSA, RSA (PKCS #1) or EdDSA and SHA-256 or better.',
  },
  not_by_mtls: {
    cause: 'Where client certificates are asked for, only what clients call is served.',
    mend: 'Use the address of the issuer for everything that is not in mtls_endpoint_aliases.',
  },
} satisfies Explanations
