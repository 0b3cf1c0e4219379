import type { Form } from '@doorward/core/oauth/form'
import { OFFLINE_ACCESS } from '../../authority/context.ts'

/** Before the name of a scope: the field that says whether it stays. */
export const KEEP = 'keep '

/** The boxes that are ticked. To stay connected is no permission: alone it is nothing, and the action refuses that. */
export function keptScopes({ entries }: Form): string[] {
  const kept = entries.flatMap(([name]) => (name.startsWith(KEEP) ? [name.slice(KEEP.length)] : []))
  return kept.some((scope) => scope !== OFFLINE_ACCESS) ? kept : []
}
