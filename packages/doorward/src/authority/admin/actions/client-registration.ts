import { AUTHENTICATION_METHODS, hasSecretMethod, readClientMetadata } from '@doorward/core/oauth/client-metadata'
import { OAuthError } from '@doorward/core/oauth/error'
import type { Reason } from '@doorward/core/oauth/reasons'
import { parseScope } from '@doorward/core/oauth/scope'
import * as v from 'valibot'
import type { StoredClient } from '../../../store/store.ts'
import { metadataRules } from '../../context.ts'
import { isKeptForSubjects } from '../../ids.ts'
import { registrationMembers } from '../../registration/response.ts'
import { ADMIN_SCOPE, hasPermission, PERMISSIONS, requirePermission } from '../permissions.ts'
import { action, type Call } from './action.ts'
import { done, MaybeText, MaybeTime, Time } from './rules.ts'

export const CLIENT_REGISTRATION = {
  'clients.add': action({
    method: 'POST',
    path: '/clients',
    permission: 'doorward:admin.clients',
    needsFresh: true,
    describe:
      'Register an application by hand, with the client metadata of RFC 7591. One that may ask for the administration takes the permission doorward:admin.',
    status: 201,
    // What else is metadata is judged by the rules of registration.
    input: v.looseObject({
      client_id: v.optional(v.string()),
      redirect_uris: v.optional(v.pipe(v.array(v.string()), v.maxLength(100))),
      scope: v.optional(v.string()),
    }),
    output: v.looseObject({
      client_id: v.string(),
      client_id_issued_at: Time,
      client_secret: MaybeText,
      client_secret_expires_at: MaybeTime,
    }),
    run: async (call, { client_id, ...fields }) => {
      const { ctx } = call
      const { id, metadata } = judged(call, client_id, fields)
      const client: StoredClient = {
        id,
        assurance: 'operator',
        metadata: { ...metadata },
        createdAt: ctx.now(),
        secretsNotBefore: 0,
      }
      const verdict = await ctx.store.clients.put(client, () => done(call, 'client.added', { client: id }))
      if (verdict === 'known') {
        throw new OAuthError('invalid_request', `There is a client '${id}' already`, 'admin_client_taken', {
          status: 409,
        })
      }
      const hasSecret = hasSecretMethod(metadata.token_endpoint_auth_method)
      // What an operator hands to somebody is good until it is taken back: nothing would renew it.
      return { ...registrationMembers(ctx, client, hasSecret ? { secretExpiresAt: 0 } : {}), ...metadata }
    },
  }),
}

interface Given {
  readonly redirect_uris?: readonly string[] | undefined
  readonly scope?: string | undefined
}

function judged(
  { ctx, operator }: Pick<Call, 'ctx' | 'operator'>,
  given: string | undefined,
  fields: Given & Readonly<Record<string, unknown>>,
) {
  const rules = metadataRules(ctx)
  const asked = parseScope(fields.scope)
  const known = [...rules.scopes, ...Object.keys(PERMISSIONS)]
  const strange = asked.find((scope) => !known.includes(scope))
  // Left out, it would be no bound at all.
  if (strange !== undefined && ctx.isOffline !== true)
    refuse(`scope names '${strange.slice(0, 80)}', which nothing here knows`, 'admin_scope_unknown')
  // It is trusted as an operator's word, so an operator who is led to it would give whoever registered it everything by a detour.
  if (asked.some((scope) => Object.hasOwn(PERMISSIONS, scope))) requirePermission(operator, ADMIN_SCOPE)
  // What names no scope is bound by none, not even from that. Who asks for itself has to name its own.
  const asksForItself = Array.isArray(fields.grant_types) && fields.grant_types.includes('client_credentials')
  const isUnbound = hasPermission(operator, ADMIN_SCOPE) || asksForItself
  const metadata = readClientMetadata(
    { token_endpoint_auth_method: 'none', ...fields },
    {
      ...rules,
      ...(ctx.isOffline === true ? { authentication: AUTHENTICATION_METHODS, deviceAuthorization: true } : {}),
      scopes: asked,
      defaultScopes: isUnbound ? [] : rules.scopes,
      redirectSchemes: (fields.redirect_uris ?? []).map((uri) => uri.split(':')[0]?.toLowerCase() ?? ''),
      clientCredentials: true,
    },
  )
  return { id: idOf(ctx, given), metadata }
}

function idOf(ctx: { readonly random: (bytes: number) => Uint8Array }, given: string | undefined): string {
  const id = given ?? `dwo_${Buffer.from(ctx.random(12)).toString('base64url')}`
  if (!/^[\x21-\x7e]{1,200}$/.test(id)) refuse('client_id has to be printable and without spaces', 'admin_client_id')
  if (isKeptForSubjects(id)) refuse('client_id begins like the id of a person or workload', 'admin_client_id')
  return id
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_request', description, reason)
}
