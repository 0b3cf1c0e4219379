/**
 * Whether two spellings name one protected resource. The canonical one is the string in the protected resource
 * metadata, byte for byte; `https://h` and `https://h/` are the same resource, as are differences in the case of
 * scheme and host (MCP 2026-07-28, G12, G13). No other respelling is.
 */
export function sameResource(a: string, b: string): boolean {
  return a === b || (isResourceUri(a) && isResourceUri(b) && comparable(a) === comparable(b))
}

/** RFC 8707 §2: an absolute URI without fragment; for MCP also without credentials and over http or https. */
export function isResourceUri(text: string): boolean {
  if (!/^https?:\/\/[^/?#\s]/i.test(text) || text.includes('#')) return false
  const url = URL.parse(text)
  return url !== null && url.username === '' && url.password === '' && !/\s/.test(text)
}

function comparable(text: string): string {
  const [, origin, rest] = /^(https?:\/\/[^/?#]*)(.*)$/is.exec(text) as unknown as [string, string, string]
  return origin.toLowerCase() + (rest === '/' ? '' : rest)
}
