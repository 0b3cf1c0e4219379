import type { AuditEvent } from '@doorward/core/kernel/audit'
import { exportedEvent } from './exported.ts'
import type { Facts, Span } from './tracing.ts'

/** What is known of a request while it is answered. */
export interface Story {
  /** Its events, in order. */
  readonly heard: AuditEvent[]
  readonly span: Span | undefined
  /** `tracestate` of a caller that is trusted. */
  readonly state: string | undefined
}

/** By the reason of the event: the token endpoint says no more of it than that. */
const GRANTS: readonly (readonly [string, string])[] = [
  ['code_', 'authorization_code'],
  ['refresh_token_', 'refresh_token'],
  ['device_code_', 'device_code'],
  ['client_credentials', 'client_credentials'],
  ['token_exchange', 'token_exchange'],
  ['assertion', 'jwt_bearer'],
]

/** By the beginning of its id. */
const KINDS: Readonly<Record<string, string>> = {
  dwc_: 'open',
  dwn_: 'invited',
  dwo_: 'operator',
  dwp_: 'person',
  dwv_: 'statement',
}

/** What a span says of the request at its end: who asked for what, and what came of it. */
export function outcomeOf(story: Story, status: number): { facts: Facts; problem: string | undefined } {
  const heard = story.heard.map(exportedEvent)
  const refusal = heard.find(({ outcome }) => outcome === 'refused')
  const client = heard.find((event) => event.client !== undefined)?.client
  const resource = heard.find((event) => event.resource !== undefined)?.resource
  const token = heard.find(({ type }) => String(type).startsWith('token.'))
  const grant = token && GRANTS.find(([start]) => String(token.reason).startsWith(start))?.[1]
  return {
    facts: {
      'http.response.status_code': status,
      'doorward.outcome': refusal === undefined ? 'allowed' : 'refused',
      ...(refusal === undefined ? {} : { 'doorward.reason': refusal.reason }),
      ...(client === undefined ? {} : { 'doorward.client_kind': kindOf(String(client)) }),
      ...(resource === undefined ? {} : { 'doorward.resource': resource }),
      ...(grant === undefined ? {} : { 'doorward.grant_type': grant }),
    },
    // A refusal is an answer. What is wrong here is what we could not answer.
    problem: status >= 500 ? String(refusal?.reason ?? 'failed') : undefined,
  }
}

/** What kind of id a client has, and not which. */
function kindOf(id: string): string {
  if (id.startsWith('https://') || id.startsWith('http://')) return 'document'
  return KINDS[id.slice(0, 4)] ?? 'given'
}
