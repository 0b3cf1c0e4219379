import type { AuditEvent, EventType } from '@doorward/core/kernel/audit'
import type { OAuthError } from '@doorward/core/oauth/error'

/** The event of a refusal. Where the operator's policy decided, it says so and names the rule. */
export function refused(type: EventType, { reason, description, detail }: OAuthError): AuditEvent {
  const rule = detail?.rule
  return rule === undefined
    ? { type, outcome: 'refused', reason, detail: { what: description } }
    : { type: 'policy.refused', outcome: 'refused', reason, detail: { what: description, rule, of: type } }
}
