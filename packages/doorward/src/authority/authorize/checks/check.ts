import type { AuthorizationDetail } from '@doorward/core/oauth/authorization-details'
import type { Form } from '@doorward/core/oauth/form'
import type { StoredClient } from '../../../store/store.ts'
import type { ResourceSettings } from '../../context.ts'
import type { Policy } from '../../registration/policies/policy.ts'

export interface CheckInput {
  readonly form: Form
  readonly client: StoredClient
  readonly resources: readonly ResourceSettings[]
  /** Named by nobody by accident: it is no default and stands in no list. */
  readonly admin: ResourceSettings
  readonly policy: Policy
}

/** What the checks find out, one after the other. */
export interface Agreed {
  readonly challenge: string
  /** The key that the code is bound to, where the client named one. */
  readonly senderKey: string | undefined
  /** Undefined where the person has to choose. */
  readonly resource: string | undefined
  readonly scope: string
  /** Undefined where nothing is asked for in detail. */
  readonly authorizationDetails: readonly AuthorizationDetail[] | undefined
  /** The client wants the person to sign in again (`prompt=login`). */
  readonly freshSignIn: boolean
  /** The client wants the person to say which account (`prompt=select_account`). */
  readonly selectAccount: boolean
  /** Seconds that the sign-in may be old. */
  readonly maxAge: number | undefined
  /** The class that the sign-in has to have (`acr`). */
  readonly acr: string | undefined
}

/** One rule of the authorization endpoint. Throws an `OAuthError`, which goes to the destination. */
export type Check = (input: CheckInput, soFar: Partial<Agreed>) => Partial<Agreed>
