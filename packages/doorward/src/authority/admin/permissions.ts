import { OAuthError } from '@doorward/core/oauth/error'
import { expandScopes } from '@doorward/core/oauth/scope'
import type { ResourceSettings, StoredUser } from '../context.ts'

/** Everything that an operator may do. */
export const ADMIN_SCOPE = 'doorward:admin'

/** What a token for the administration may be good for, in words for the consent page. */
export const PERMISSIONS = {
  [ADMIN_SCOPE]: 'Govern this server: everything that an operator may do',
  'doorward:admin.read': 'Look at applications, people, connections, rules, keys and events',
  'doorward:admin.clients': 'Register, admit, block and remove applications, and give them new secrets',
  'doorward:admin.people': 'Add people, give them passwords, shut them out and let them in again, change their groups',
  'doorward:admin.grants': 'End the connections of anybody',
  'doorward:admin.invites': 'Make and revoke invites, with which applications register',
  'doorward:admin.rules': 'Say which applications are always admitted or always refused',
  'doorward:admin.keys': 'Change the keys that access tokens are signed with',
} as const

export type Permission = keyof typeof PERMISSIONS

const PARTS = (Object.keys(PERMISSIONS) as Permission[]).filter((permission) => permission !== ADMIN_SCOPE)

/** Somebody who governs, and what they may do: all of it on the pages, what was granted with a token. */
export interface Operator {
  /** The id of the person, or a name for whoever sits at the server itself. */
  readonly id: string
  readonly permissions: readonly string[]
}

/** The admin API as a resource that tokens can be issued for. It is served to operators only and listed nowhere. */
export function adminResource(issuer: string): ResourceSettings {
  return {
    uri: `${issuer}/admin/api`,
    name: 'The administration of this server',
    scopes: Object.fromEntries(
      Object.entries(PERMISSIONS).map(([name, description]) => [
        name,
        name === ADMIN_SCOPE ? { description, includes: PARTS } : { description },
      ]),
    ),
    defaultScopes: [ADMIN_SCOPE],
  }
}

/**
 * The person as an operator on the pages, where they may do all that operators may.
 * @throws OAuthError where they are none (any more).
 */
export function operatorOf(user: Pick<StoredUser, 'id' | 'operator' | 'disabledAt'>): Operator {
  if (user.operator && user.disabledAt === undefined) return { id: user.id, permissions: [ADMIN_SCOPE] }
  throw new OAuthError('access_denied', 'This is for operators', 'admin_not_an_operator', { status: 403 })
}

export function hasPermission({ permissions }: Operator, needed: Permission): boolean {
  return expandScopes(permissions, { [ADMIN_SCOPE]: PARTS }).has(needed)
}

/** @throws OAuthError `insufficient_scope`, naming what is needed. */
export function requirePermission(operator: Operator, needed: Permission): void {
  if (hasPermission(operator, needed)) return
  throw new OAuthError('insufficient_scope', `This needs the permission ${needed}`, 'admin_permission', {
    detail: { scope: needed },
  })
}
