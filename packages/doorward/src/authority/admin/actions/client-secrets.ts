import { hasSecretMethod } from '@doorward/core/oauth/client-metadata'
import { OAuthError } from '@doorward/core/oauth/error'
import { parseScope } from '@doorward/core/oauth/scope'
import * as v from 'valibot'
import type { StoredClient } from '../../../store/store.ts'
import { renewSecret } from '../../registration/renewed-secret.ts'
import { ADMIN_SCOPE, PERMISSIONS, requirePermission } from '../permissions.ts'
import { action, type Call } from './action.ts'
import { done, Id, Time, unknown } from './rules.ts'

/** A secret that got into the wrong hands, or is changed from time to time: grants and tokens stay, and what was given out is void. */
export const CLIENT_SECRETS = {
  'clients.renewSecret': action({
    method: 'POST',
    path: '/clients/{id}/secret',
    permission: 'doorward:admin.clients',
    needsFresh: true,
    describe:
      'Give an application another secret, shown once. Those of before are void at once; with `keepOlder` they stay good until they are ended. One that may ask for the administration takes the permission doorward:admin.',
    status: 201,
    input: v.strictObject({ id: Id, keepOlder: v.optional(v.boolean()) }),
    output: v.object({
      client_id: v.string(),
      client_secret: v.string(),
      client_secret_issued_at: Time,
      client_secret_expires_at: Time,
    }),
    run: async (call, { id, keepOlder = false }) => {
      await requireOwnSecrets(call, id)
      const renewed = await renewSecret(call.ctx, id, keepOlder, () =>
        done(call, 'client.secret.added', { client: id, detail: { older: keepOlder ? 'kept' : 'void' } }),
      )
      if (renewed === 'unknown') unknown('application', id)
      return {
        client_id: id,
        client_secret: renewed.secret,
        client_secret_issued_at: renewed.issuedAt,
        client_secret_expires_at: 0,
      }
    },
  }),
  'clients.endSecrets': action({
    method: 'POST',
    path: '/clients/{id}/secrets/end',
    permission: 'doorward:admin.clients',
    describe:
      'Secrets of an application that were issued before this time are void, and stay so: the end of those that `keepOlder` kept.',
    input: v.strictObject({ id: Id, before: Time }),
    output: v.object({ id: v.string(), secretsNotBefore: Time }),
    run: async (call, { id, before }) => {
      const { ctx } = call
      await requireOwnSecrets(call, id)
      // From then on none could be good.
      if (!Number.isInteger(before) || before > ctx.now() + 1)
        throw new OAuthError('invalid_request', 'before is no whole second up to now', 'admin_input')
      const secretsNotBefore = await ctx.store.clients.endSecrets(
        id,
        () => before,
        () => done(call, 'client.secrets.ended', { client: id, detail: { before } }),
      )
      return secretsNotBefore === 'unknown' ? unknown('application', id) : { id, secretsNotBefore }
    },
  }),
}

/** Whoever registers by themselves gets a new one by that, and it is not the operator's to give. */
const GIVEN_BY_HAND: readonly StoredClient['assurance'][] = ['operator', 'user']

/** Whether one can be given another by hand. */
export function hasOwnSecret({ assurance, metadata }: Pick<StoredClient, 'assurance' | 'metadata'>): boolean {
  return GIVEN_BY_HAND.includes(assurance) && hasSecretMethod(metadata.token_endpoint_auth_method)
}

async function requireOwnSecrets({ ctx, operator }: Call, id: string): Promise<void> {
  const client = (await ctx.store.clients.find(id)) ?? unknown('application', id)
  const { scope, token_endpoint_auth_method: method } = client.metadata
  if (!GIVEN_BY_HAND.includes(client.assurance))
    refuse('This application gets its secret by registering, and a new one by registering again')
  if (!hasSecretMethod(method)) refuse(`This application has no secret: it is registered for ${String(method)}`)
  // As for making one: with the secret one is that application, and with no scope of its own it is bound by none.
  if (typeof scope !== 'string' || parseScope(scope).some((name) => Object.hasOwn(PERMISSIONS, name)))
    requirePermission(operator, ADMIN_SCOPE)
}

function refuse(description: string): never {
  throw new OAuthError('invalid_request', description, 'admin_client_no_secret', { status: 409 })
}
