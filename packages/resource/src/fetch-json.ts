/** What is needed of `fetch`; the global one fits. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** The server answered, but not with this document; `absent` is what it did instead. A failed transport is thrown. */
export interface Absent {
  readonly absent: string
}

export type Fetched = { readonly document: unknown } | Absent

/** `unchanged`: it is still the one that `tag` stands for (RFC 9110 §15.4.5). */
export type FetchedText = { readonly text: string; readonly tag: string | undefined } | Absent | 'unchanged'

export interface Wanted {
  readonly accept: string
  /** The entity tag of what is held already. */
  readonly tag?: string | undefined
}

const LONGEST_DOCUMENT_BYTES = 262_144

/** A document that goes on for too long. */
export class TooLong extends Error {}

/** Gets a JSON document: no redirects, bounded in size, and over when `signal` says so, whatever `fetch` does. */
export async function fetchJson(url: string, fetch: Fetch, signal: AbortSignal): Promise<Fetched> {
  const fetched = await fetchText(url, { accept: 'application/json, application/jwk-set+json' }, fetch, signal)
  // No tag was shown, so nothing can be unchanged.
  if (fetched === 'unchanged') return { absent: 'it answered 304' }
  if ('absent' in fetched) return fetched
  try {
    return { document: JSON.parse(fetched.text) as unknown }
  } catch {
    return { absent: 'it is no JSON' } // For instance the front page of a web application (Q19).
  }
}

/** Gets a text in the same way. */
export async function fetchText(url: string, wanted: Wanted, fetch: Fetch, signal: AbortSignal): Promise<FetchedText> {
  signal.throwIfAborted()
  let giveUp = () => {}
  const late = new Promise<never>((_, reject) => {
    giveUp = () => reject(signal.reason)
    signal.addEventListener('abort', giveUp, { once: true })
  })
  try {
    return await Promise.race([late, get(url, wanted, fetch, signal)])
  } finally {
    // The signal may live on for hours.
    signal.removeEventListener('abort', giveUp)
  }
}

async function get(url: string, { accept, tag }: Wanted, fetch: Fetch, signal: AbortSignal): Promise<FetchedText> {
  const response = await fetch(url, {
    method: 'GET',
    headers: { accept, ...(tag === undefined ? {} : { 'if-none-match': tag }) },
    redirect: 'manual',
    signal,
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    if (response.status >= 500) throw new Error(`${url} answered ${response.status}`)
    return response.status === 304 && tag !== undefined ? 'unchanged' : { absent: refusalOf(response) }
  }
  return { text: await readText(response), tag: response.headers.get('etag') ?? undefined }
}

function refusalOf({ status, type }: Response): string {
  // Browsers and Deno hide the status of a redirect that is not followed.
  const isRedirect = type === 'opaqueredirect' || (status >= 300 && status < 400)
  return isRedirect ? 'it redirects, which is not followed' : `it answered ${status}`
}

async function readText(response: Response): Promise<string> {
  if (response.body === null) return ''
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    size += value.byteLength
    if (size > LONGEST_DOCUMENT_BYTES) {
      await reader.cancel()
      throw new TooLong(`${response.url} is longer than ${LONGEST_DOCUMENT_BYTES} bytes`)
    }
    text += decoder.decode(value, { stream: true })
  }
}
