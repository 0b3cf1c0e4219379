import { type AuthorizationDetail, narrowAuthorizationDetails } from '@doorward/core/oauth/authorization-details'
import { OAuthError } from '@doorward/core/oauth/error'
import type { Form } from '@doorward/core/oauth/form'
import type { ActorClaim, SignInClaims } from '@doorward/core/token/access-token'
import type { GrantEvidence, Judgement, StandingKind, Stood, StoredClient } from '../../../store/store.ts'
import type { AuthorityContext, Visit } from '../../context.ts'
import { timeOrderedId } from '../../ids.ts'
import { deniedBy, notAdmitted } from '../../registration/decide.ts'
import { freshPolicy } from '../../registration/policy-now.ts'
import type { Sender, Shown } from '../constraints/constraint.ts'
import { requireConstraint, senderFor } from '../prove-sender.ts'
import { unheardCalls } from '../unheard-calls.ts'
import type { ProvenWorkload } from '../workload.ts'
import { refuseReplayed } from './rules.ts'

/** What a token request may have, once judged. */
export interface Authorization {
  readonly grantId: string
  /** The `sub` of the token: a person, or what the application is on its own. */
  readonly userId: string
  readonly clientId: string
  readonly resource: string
  readonly scope: string
  readonly authorizationDetails?: readonly AuthorizationDetail[] | undefined
  /** The refresh token that goes out with it; none where the client can ask again without a person. */
  readonly generation?: number
  readonly sender: Sender | undefined
  readonly signIn?: SignInClaims | undefined
  /** Who acts for the subject (RFC 8693 §4.1). */
  readonly actor?: ActorClaim
  /** What it comes of ends then, and so does it. */
  readonly notAfter?: number | undefined
  /** Its grant was narrowed: tokens that were issued before are void, and this one is none of them. */
  readonly notBefore?: number | undefined
  /** RFC 8693 §2.2.1. */
  readonly issuedTokenType?: string
  /** What the grant holds from now on, where that is less than before. */
  readonly holds?: string | undefined
}

export interface GrantRequest {
  readonly client: StoredClient
  readonly form: Form
  readonly now: number
  /** The key that the sender has shown to hold, if any; what it binds, `senderFor` says. */
  readonly shown: Shown | undefined
  /** The refresh token of this client stays what it is. */
  readonly keepsRefreshToken: boolean
  /** Where no client was named and a platform said which program is asking. */
  readonly workload: ProvenWorkload | undefined
}

/** The same where it is known which grant it is for, and so whether that is bound to what was shown. */
export type GrantRequestOfSender = Omit<GrantRequest, 'shown'> & { readonly sender: Sender | undefined }

/**
 * A grant type (RFC 6749 §1.3) in three verbs: `read` opens what was presented and changes nothing, `judge` is pure, `spend` uses it up
 * in one atomic store verb, inside of which the judge is shown the grant, and whose verdict decides.
 */
export interface Grant<Presented> {
  readonly type: string
  readonly read: (ctx: AuthorityContext, request: GrantRequest) => Presented | Promise<Presented>
  readonly judge: (
    ctx: AuthorityContext,
    request: GrantRequestOfSender,
    presented: Presented,
    grant: GrantEvidence,
  ) => Authorization
  /** @throws OAuthError where the verdict is not that of the judge */
  readonly spend: (
    ctx: AuthorityContext,
    visit: Visit,
    request: GrantRequest,
    presented: Presented,
    hearing: Hearing,
  ) => Promise<void>
}

/** A judge inside a store verb, who says yes or no there and throws nothing: why, is asked for afterwards. */
export interface Hearing {
  readonly judge: (grant: GrantEvidence) => Judgement
  /** What was shown and agreed to; the last time, where the verb had to try again. */
  readonly agreed: () => { readonly grant: GrantEvidence; readonly authorization: Authorization } | undefined
}

/** What a judge of a standing grant finds; which grant it is, is settled afterwards. */
export type Judged = Omit<Authorization, 'grantId' | 'generation'> & {
  readonly parent?: string
  readonly parentNarrowedAt?: number | undefined
  /** Those of the person that it was judged by. */
  readonly groups?: readonly string[]
  /** The token belongs to a grant that there is: nothing is opened for it. */
  readonly sameGrant?: string
}

/**
 * A grant type that no person answers for at that moment: tokens belong to a standing grant, one row however often it is asked.
 * `use` takes what is good once; nothing is minted before it agreed.
 */
export interface StandingGrant<Evidence> {
  readonly type: string
  readonly kind: StandingKind
  readonly isOffered?: GrantType['isOffered']
  readonly isForUnseen?: GrantType['isForUnseen']
  /** The reason that stands in the event of each token. */
  readonly reason: string
  readonly read: (ctx: AuthorityContext, visit: Visit, request: GrantRequest) => Promise<Evidence>
  readonly judge: (request: GrantRequest, evidence: Evidence) => Judged
  readonly use?: (ctx: AuthorityContext, evidence: Evidence) => Promise<void>
}

/** A grant type with its evidence type closed over, so that all of them fit one list. */
export interface GrantType {
  readonly type: string
  /** Left out: always. */
  readonly isOffered?: (ctx: AuthorityContext) => boolean
  /** Asked for before anybody here agreed, so that of a client with a metadata document only that may tell. */
  readonly isForUnseen?: boolean
  readonly run: (
    ctx: AuthorityContext,
    visit: Visit,
    request: GrantRequest,
    mint: (authorization: Authorization) => Response,
  ) => Promise<Response>
}

/** Signing comes last, when nobody else waits for the grant. Whoever is not answered then comes again, and a refresh repeats. */
export function grantType<Presented>(grant: Grant<Presented>): GrantType {
  return {
    type: grant.type,
    run: async (ctx, visit, request, mint) => {
      const presented = await grant.read(ctx, request)
      let agreed: ReturnType<Hearing['agreed']>
      let refusal: unknown
      const judge: Hearing['judge'] = (shown) => {
        agreed = undefined
        try {
          const sender = senderFor(request.shown, shown.resource, shown.senderKey)
          const authorization = grant.judge(ctx, { ...request, sender }, presented, shown)
          requireConstraint(ctx, request.client, authorization)
          agreed = { grant: shown, authorization }
          return { scope: authorization.holds, senderKey: sender?.key }
        } catch (error) {
          refusal = error
          return 'refused'
        }
      }
      await grant.spend(ctx, visit, request, presented, { judge, agreed: () => agreed })
      if (agreed === undefined) throw refusal
      return mint(agreed.authorization)
    },
  }
}

export function standingGrantType<Evidence>(grant: StandingGrant<Evidence>): GrantType {
  return {
    type: grant.type,
    ...(grant.isOffered === undefined ? {} : { isOffered: grant.isOffered }),
    ...(grant.isForUnseen === undefined ? {} : { isForUnseen: grant.isForUnseen }),
    run: async (ctx, visit, request, mint) => {
      const evidence = await grant.read(ctx, visit, request)
      const { parent, parentNarrowedAt, groups, sameGrant, ...judged } = grant.judge(request, evidence)
      // RFC 9396 §6: what nobody granted in detail is refused, not passed over.
      if (judged.authorizationDetails === undefined)
        narrowAuthorizationDetails(undefined, request.form.get('authorization_details'))
      requireConstraint(ctx, request.client, judged)
      const { now, shown } = request
      const once = shown?.sender.once
      if (once !== undefined && (await ctx.store.claims.claim(once.key, once.until)) !== 'first') refuseReplayed()
      await grant.use?.(ctx, evidence)
      const id = timeOrderedId(now * 1000, ctx.random)
      const grantId =
        sameGrant ??
        settled(
          await ctx.store.grants.stand({
            id,
            kind: grant.kind,
            userId: judged.userId,
            clientId: judged.clientId,
            resource: judged.resource,
            scope: judged.scope,
            parent,
            parentNarrowedAt,
            groups,
            isRegistered: request.workload === undefined,
            ...(grant.isForUnseen === true && request.client.assurance === 'domain' ? { client: request.client } : {}),
            openedAt: now,
            expiresAt: now + ctx.lifetimes.grantIdle,
          }),
        )
      if (grantId === id) await endIfDenied(ctx, request.client, { grantId, now })
      ctx.audit({
        // Only a first token is remembered with what people decided: a program asks for another all day.
        type: grantId === id ? 'token.issued' : 'token.refreshed',
        outcome: 'allowed',
        reason: grant.reason,
        ...visit,
        actor: judged.userId,
        client: judged.clientId,
        resource: judged.resource,
        grant: grantId,
        detail: unheardCalls(ctx, judged.resource),
      })
      return mint({ ...judged, grantId })
    },
  }
}

/**
 * The rules were looked at before keys were fetched, which takes as long as their server likes, and a deny of another process is heard of a
 * moment later. So whoever has a new grant is looked at once more; a deny that comes after this ends it by itself.
 */
async function endIfDenied(
  ctx: AuthorityContext,
  client: StoredClient,
  { grantId, now }: { readonly grantId: string; readonly now: number },
): Promise<void> {
  const rule = deniedBy(await freshPolicy(ctx), client)
  if (rule === undefined) return
  await ctx.store.grants.revoke(grantId, { now, reason: 'rule_denies' }, () => ({
    type: 'grant.revoked',
    outcome: 'allowed',
    reason: 'rule_denies',
    client: client.id,
    grant: grantId,
  }))
  throw notAdmitted(rule)
}

function settled(stood: Stood): string {
  if (stood === 'too_often') {
    throw new OAuthError(
      'temporarily_unavailable',
      'The same was revoked and asked for anew too often within the hour; keep the token that you have',
      'grant_opened_too_often',
      { status: 429, detail: { retry_after: '600' } },
    )
  }
  if (stood === 'ended') {
    throw new OAuthError('invalid_grant', 'What the token would belong to was revoked', 'grant_revoked')
  }
  return stood.id
}
