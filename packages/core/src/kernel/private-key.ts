/** RFC 7518 §6.2.2, §6.3.2, §6.4.1, RFC 8037 §2, and `priv` of AKP (RFC 9964): who has one of these has the key. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/** Whether a JWK shows what nobody but its owner may know. */
export function showsPrivateKey(jwk: object): boolean {
  return PRIVATE_MEMBERS.some((member) => Object.hasOwn(jwk, member))
}
