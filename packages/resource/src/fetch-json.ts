/** What is needed of `fetch`; the global one fits. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** `absent`: the server answered, but not with this document. A failed transport is thrown instead. */
export type Fetched = { readonly document: unknown } | 'absent'

const LONGEST_DOCUMENT_BYTES = 262_144

/** Gets a JSON document: no redirects, bounded in size, and over when `signal` says so, whatever `fetch` does. */
export async function fetchJson(url: string, fetch: Fetch, signal: AbortSignal): Promise<Fetched> {
  signal.throwIfAborted()
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  return await Promise.race([late, get(url, fetch, signal)])
}

async function get(url: string, fetch: Fetch, signal: AbortSignal): Promise<Fetched> {
  const response = await fetch(url, {
    method: 'GET',
    headers: { accept: 'application/json, application/jwk-set+json' },
    redirect: 'manual',
    signal,
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    if (response.status >= 500) throw new Error(`${url} answered ${response.status}`)
    return 'absent'
  }
  const text = await readText(response)
  try {
    return { document: JSON.parse(text) as unknown }
  } catch {
    return 'absent' // For instance the front page of a web application (Q19).
  }
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
      throw new Error(`${response.url} is longer than ${LONGEST_DOCUMENT_BYTES} bytes`)
    }
    text += decoder.decode(value, { stream: true })
  }
}
