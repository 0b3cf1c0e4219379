import type { ReplayClient } from './client.ts'

const LONGEST_WAIT_MILLISECONDS = 10_000 // Claude's own limit, the shortest that is known.
const LONGEST_QUOTE = 400
const SAFE_HEADERS = new Set(['accept', 'accept-language', 'content-language'])

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Undefined where the body is no JSON object. */
  readonly json: Readonly<Record<string, unknown>> | undefined
}

/** Sends one request as the client would. Throws where a browser would keep the answer from it. */
export type Wire = (url: string, init?: RequestInit) => Promise<Answer>

/** What came back where something else was needed. */
export class Refused extends Error {
  readonly status: number | undefined
  readonly error: string | undefined
  readonly description: string | undefined

  constructor(what: string, answer?: Answer) {
    const error = text(answer?.json?.error)
    const description = text(answer?.json?.error_description)
    const beginning = answer?.text.replace(/\s+/g, ' ').slice(0, LONGEST_QUOTE)
    const body = error ?? (beginning === '' ? undefined : beginning)
    super([what, answer && `HTTP ${answer.status}`, body, description].filter((part) => part !== undefined).join(': '))
    this.status = answer?.status
    this.error = error
    this.description = description
  }
}

export function wireOf(client: ReplayClient): Wire {
  return async (url, init = {}) => {
    const headers = new Headers(init.headers)
    if (client.userAgent !== undefined) headers.set('user-agent', client.userAgent)
    if (client.origin !== undefined) await preflight(client.origin, url, init.method ?? 'GET', headers)
    if (client.origin !== undefined) headers.set('origin', client.origin)
    const answer = await send(url, { redirect: 'manual', ...init, headers })
    if (client.origin !== undefined) requireOrigin(client.origin, url, answer.headers)
    return answer
  }
}

/** A header that the client can see: in a browser only one that CORS exposes. */
export function readable(client: ReplayClient, answer: Answer, name: string): string | undefined {
  const exposed = list(answer.headers.get('access-control-expose-headers'))
  if (client.origin !== undefined && !exposed.includes(name)) return undefined
  return answer.headers.get(name) ?? undefined
}

async function send(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(LONGEST_WAIT_MILLISECONDS), ...init }).catch(
    (error: Error) => {
      const { code, message } = (error.cause ?? error) as { code?: string; message: string }
      throw new Refused(`${url} does not answer (${code ?? message})`)
    },
  )
  const body = await response.text()
  return { status: response.status, headers: response.headers, text: body, json: object(body) }
}

/** Fetch standard §4.8: asked first unless method and headers are ones that a form could send as well. */
async function preflight(origin: string, url: string, method: string, headers: Headers): Promise<void> {
  const asked = [...headers]
    .filter(([name, value]) => !(SAFE_HEADERS.has(name) || (name === 'content-type' && !value.includes('json'))))
    .map(([name]) => name)
    .filter((name) => name !== 'user-agent')
  if (asked.length === 0 && (method === 'GET' || method === 'POST')) return
  const answer = await send(url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': asked.join(','),
    },
  })
  requireOrigin(origin, url, answer.headers)
  if (answer.status < 200 || answer.status > 299) throw new Refused(`the preflight for ${url} is refused`, answer)
  const allowed = list(answer.headers.get('access-control-allow-headers'))
  // The star does not stand for Authorization.
  const missing = asked.find((name) => !allowed.includes(name) && (name === 'authorization' || !allowed.includes('*')))
  if (missing !== undefined) throw new Refused(`CORS of ${url} does not allow the header ${missing}`)
}

function requireOrigin(origin: string, url: string, headers: Headers): void {
  const allowed = headers.get('access-control-allow-origin')
  if (allowed !== '*' && allowed !== origin) throw new Refused(`CORS keeps ${url} from a client in a browser`)
}

function list(header: string | null): string[] {
  return (header ?? '').split(',').map((name) => name.trim().toLowerCase())
}

function object(body: string): Answer['json'] {
  try {
    const value = JSON.parse(body) as unknown
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Answer['json']) : undefined
  } catch {
    return undefined
  }
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
