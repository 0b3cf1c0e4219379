import { readContentType } from '@doorward/core/oauth/content-type'
import { invalidRequest, type Refusal } from './refusal.ts'

/** As much as the official SDK reads by default. */
export const LONGEST_BODY_BYTES = 4_194_304

/** What of the headers decides whether a body can be judged. */
export interface BodyHeaders {
  readonly contentType: string | null | undefined
  readonly contentEncoding: string | null | undefined
}

/**
 * A body that we would read otherwise than the handler does could carry a tool call past us, so it is refused:
 * compressed, or in another character set than the UTF-8 of RFC 8259 §8.1.
 */
export function checkBodyHeaders({ contentType, contentEncoding }: BodyHeaders): void {
  const encoding = (contentEncoding ?? 'identity').trim().toLowerCase()
  if (encoding !== 'identity' && encoding !== '') {
    throw invalidRequest('Send the message without Content-Encoding.', 'encoded_body', 415)
  }
  if (contentType === null || contentType === undefined) return
  const read = readContentType(contentType)
  const foreign = [...(read?.parameters ?? [])].some(([name, value]) => name !== 'charset' || !/^utf-?8$/i.test(value))
  if (read === undefined || foreign) {
    throw invalidRequest('Send the message as application/json, in UTF-8.', 'foreign_charset', 415)
  }
}

export function bodyTooLong(): Refusal {
  return invalidRequest(`The message is longer than ${LONGEST_BODY_BYTES} bytes.`, 'body_too_long', 413)
}

/** The value of a JSON text; `undefined` where it is none, which calls no tool. */
export function parseBody(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Reads the JSON of a request from a copy: the handler finds the body untouched. */
export async function readBody(request: Request): Promise<unknown> {
  if (request.body === null) return undefined
  if (request.bodyUsed) throw new TypeError('The body was read before the guard could: pass its parsed value as well.')
  checkBodyHeaders({
    contentType: request.headers.get('content-type'),
    contentEncoding: request.headers.get('content-encoding'),
  })
  if (Number(request.headers.get('content-length') ?? 0) > LONGEST_BODY_BYTES) throw bodyTooLong()
  const reader = (request.clone().body as ReadableStream<Uint8Array>).getReader()
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return parseBody(text + decoder.decode())
    size += value.byteLength
    if (size > LONGEST_BODY_BYTES) {
      void reader.cancel()
      throw bodyTooLong()
    }
    text += decoder.decode(value, { stream: true })
  }
}
