import type { Form } from '@doorward/core/oauth/form'
import type { Permission } from '../../authority/admin/permissions.ts'
import type { AdminPost } from './call.ts'
import type { Section } from './frame.ts'
import type { Made } from './pages/made.ts'

/** What an operator does with one press. */
export interface ActForm {
  readonly key: FormKey
  readonly path: string
  readonly section: Section
  readonly permission: Permission
  /** What it comes with, besides the token: repeated by the question whether the operator is sure. */
  readonly fields: readonly string[]
  /** Asked again, because it cannot be taken back. */
  readonly isFinal: boolean
  /** The fields that an operator fills in, by what the action calls them; where one is refused, the page comes back with all of them. */
  readonly inputs: Readonly<Record<string, string>>
  readonly needsFresh: boolean
  /** Its answer is a page with something that nobody can look up again. */
  readonly showsOnce: boolean
  readonly run: (call: AdminPost) => Promise<Made | undefined>
  /** The page with the form on it, below the base. */
  readonly at: (form: Form) => string
  /** Where the operator goes on, below the base. */
  readonly back: (form: Form) => string
}

export type FormKey =
  | 'client-approved'
  | 'client-blocked'
  | 'client-unblocked'
  | 'client-removed'
  | 'client-secret'
  | 'client-added'
  | 'grant-narrowed'
  | 'grant-revoked'
  | 'person-added'
  | 'person-disabled'
  | 'person-enabled'
  | 'person-groups'
  | 'person-signed-out'
  | 'person-password'
  | 'person-no-password'
  | 'invite-created'
  | 'invite-revoked'
  | 'rule-added'
  | 'rule-removed'
  | 'key-rotated'
  | 'key-replaced'
