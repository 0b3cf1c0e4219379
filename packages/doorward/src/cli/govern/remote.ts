import { OAuthError, type OAuthErrorCode } from '@doorward/core/oauth/error'
import { REASONS, type Reason } from '@doorward/core/oauth/reasons'
import * as v from 'valibot'
import type { OutputOf } from '../../authority/admin/act.ts'
import type { Action } from '../../authority/admin/actions/action.ts'
import { ACTIONS, type ActionName } from '../../authority/admin/actions/index.ts'
import { AwayError, FailedError } from '../problem.ts'
import type { Governor } from './governor.ts'
import { openSession, unreachable } from './session.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Five hundred of the longest things that a list holds. */
const MOST_BYTES = 32 * 1024 * 1024

/** Acts at a server elsewhere, as the operator who signed in there. */
export async function remoteGovernor(issuer: string, env: Environment): Promise<Governor> {
  const session = await openSession(issuer, env)
  const call = async (name: ActionName, input: object): Promise<unknown> => {
    const action: Action = ACTIONS[name]
    const { path, rest } = placed(action.path, input as Record<string, unknown>)
    const hasBody = action.method === 'POST' || action.method === 'PUT'
    const url = new URL(`${session.issuer}/admin/api${path}${hasBody ? '' : queryOf(rest)}`)
    const response = await session.request(action.method, url, hasBody ? JSON.stringify(rest) : undefined)
    if (response.status === 204) return {}
    const body: unknown = await bodyOf(response, session.issuer)
    if (!response.ok) throw refusalOf(response.status, body, session.issuer)
    const read = v.safeParse(action.output, body)
    if (read.success) return read.output
    throw new FailedError(
      `${session.issuer} answers ${name} otherwise than this version expects; use the same version here and there.`,
    )
  }
  return {
    act: async <Name extends ActionName>(name: Name, input: object) => (await call(name, input)) as OutputOf<Name>,
    at: session.issuer,
    close: async () => undefined,
  }
}

/** JSON, or undefined where it is none. @throws FailedError where it is more than any page of ours. */
async function bodyOf(response: Response, issuer: string): Promise<unknown> {
  let text = ''
  let size = 0
  const decoder = new TextDecoder()
  try {
    for await (const piece of response.body ?? []) {
      size += piece.byteLength
      if (size > MOST_BYTES) break
      text += decoder.decode(piece, { stream: true })
    }
  } catch (error) {
    throw unreachable(issuer, error)
  }
  if (size > MOST_BYTES)
    throw new FailedError(
      `${issuer} answers with more than ${MOST_BYTES} bytes; it may not be a Doorward, or not be well.`,
    )
  try {
    return JSON.parse(text + decoder.decode())
  } catch {
    return undefined
  }
}

/** What stands in the path, and what is left for query or body. */
function placed(pattern: string, input: Record<string, unknown>) {
  const inPath = [...pattern.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  const path = pattern.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(input[name])))
  return { path, rest: Object.fromEntries(Object.entries(input).filter(([name]) => !inPath.includes(name))) }
}

function queryOf(values: Record<string, unknown>): string {
  const pairs = Object.entries(values).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : value === undefined ? [] : [value]).map((each) => [name, String(each)]),
  )
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs as [string, string][])}`
}

/** What a proxy says while nobody stands behind it. */
const AWAY = [502, 503, 504]

/** A refusal as it was before it became JSON. */
function refusalOf(status: number, body: unknown, issuer: string): Error {
  const { error, error_description } = (body ?? {}) as { error?: unknown; error_description?: unknown }
  const said = /^(.*) \[(\w+)\] \(ref \w+\)$/s.exec(typeof error_description === 'string' ? error_description : '')
  if (typeof error !== 'string' || said === null) {
    const Problem = AWAY.includes(status) ? AwayError : FailedError
    return new Problem(`${issuer} answered ${status}; it may not be a Doorward, or not be well.`)
  }
  const [, description = '', reason = ''] = said
  const known = Object.hasOwn(REASONS, reason) ? (reason as Reason) : 'unexpected_error'
  return new OAuthError(error as OAuthErrorCode, description, known, { status })
}
