/**
 * The key that a token is bound to (its `cnf`, RFC 7800), as a grant keeps it; undefined for kinds that are not known here, and
 * for several at once. The thumbprint of a DPoP key stands as the 43 characters of base64url that it is; before that of a
 * certificate stands its kind. `#` and `:` are none of those characters, so that neither can ever be taken for the other.
 */
export function senderKeyOf(confirmation: unknown): string | undefined {
  if (typeof confirmation !== 'object' || confirmation === null) return undefined
  const [[kind, value] = [], second] = Object.entries(confirmation)
  if (typeof value !== 'string' || value === '' || second !== undefined) return undefined
  if (kind === 'jkt') return value
  return kind === 'x5t#S256' ? `${kind}:${value}` : undefined
}
