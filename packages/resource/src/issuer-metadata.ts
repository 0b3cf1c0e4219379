import { quoted } from '@doorward/core/oauth/error'
import { serverMetadataUrls } from '@doorward/core/oauth/server-metadata'
import { type Fetch, fetchJson } from './fetch-json.ts'
import { isObject } from './tools.ts'

export type IssuerMetadata = Readonly<Record<string, unknown>>

/**
 * RFC 8414 §3, OpenID Connect Discovery §4: the first document that is the issuer's own and says what is looked for. Throws
 * when there is none.
 */
export async function fetchMetadata(
  issuer: string,
  fetch: Fetch,
  signal: AbortSignal,
  isWanted: (document: IssuerMetadata) => boolean = () => true,
): Promise<IssuerMetadata> {
  let failure: unknown
  const wrong: string[] = []
  for (const url of serverMetadataUrls(issuer)) {
    try {
      const fetched = await fetchJson(url, fetch, signal)
      if ('absent' in fetched) wrong.push(`nothing at ${url} (${fetched.absent})`)
      else if (!isObject(fetched.document)) wrong.push(`nothing at ${url} (it is no object)`)
      // RFC 8414 §3.3: identical, or the document MUST NOT be used.
      else if (fetched.document.issuer !== issuer) {
        wrong.push(`${url} is of the issuer ${quoted(String(fetched.document.issuer))}`)
      } else if (isWanted(fetched.document)) return fetched.document
      else wrong.push(`${url} does not say what is looked for`)
    } catch (error) {
      failure = error
    }
  }
  throw new Error([`No metadata of ${issuer}`, ...wrong].join('; '), { cause: failure })
}

/** What an https issuer publishes never comes over http. */
export function isAsSafe(uri: unknown, issuer: string): uri is string {
  const protocol = typeof uri === 'string' ? URL.parse(uri)?.protocol : undefined
  return protocol === 'https:' || (protocol === 'http:' && issuer.startsWith('http:'))
}
