import * as v from 'valibot'
import { PRESETS } from '../../registration/policies/index.ts'
import { action } from './action.ts'
import { ASSURANCES } from './clients.ts'
import { MaybeText, Words } from './rules.ts'

const VerdictName = v.picklist(['allow', 'ask', 'refuse'])
const ByAssurance = v.object(v.entriesFromList(ASSURANCES, VerdictName))

/** What the config file says. It is changed there, and read anew at the next start. */
export const SETTINGS = {
  'issuers.list': action({
    method: 'GET',
    path: '/statement-issuers',
    permission: 'doorward:admin.read',
    describe: 'Whose signature on a software statement is believed.',
    input: v.strictObject({}),
    output: v.object({
      issuers: v.array(
        v.object({
          issuer: MaybeText,
          domain: MaybeText,
          jwksUri: MaybeText,
          algorithms: v.optional(Words),
          softwareIds: v.optional(Words),
          redirectHosts: v.optional(Words),
          singleUse: v.optional(v.boolean()),
        }),
      ),
    }),
    run: async ({ ctx }) => ({ issuers: ctx.registration.statementIssuers }),
  }),
  'resources.list': action({
    method: 'GET',
    path: '/resources',
    permission: 'doorward:admin.read',
    describe: 'The MCP servers that tokens are issued for, and what their scopes mean in words.',
    input: v.strictObject({}),
    output: v.object({
      resources: v.array(
        v.object({
          uri: v.string(),
          name: v.string(),
          scopes: v.record(
            v.string(),
            v.object({ description: v.string(), includes: v.optional(Words), tools: v.optional(Words) }),
          ),
          defaultScopes: Words,
          senderConstraint: v.optional(v.picklist(['required', 'certificate'])),
        }),
      ),
    }),
    run: async ({ ctx }) => ({ resources: ctx.resources }),
  }),
  'policy.show': action({
    method: 'GET',
    path: '/policy',
    permission: 'doorward:admin.read',
    describe: 'Which preset is in force and what comes of it, and what the others would say.',
    input: v.strictObject({}),
    output: v.object({
      preset: v.string(),
      byAssurance: ByAssurance,
      claimedRedirects: v.picklist(['any', 'loopback-and-known']),
      senderConstraint: v.picklist(['optional', 'required']),
      senderConstraintFor: v.array(v.picklist(ASSURANCES)),
      clientAuthentication: v.union([v.literal('any'), Words]),
      pushedRequests: v.picklist(['optional', 'required']),
      deviceAuthorization: v.picklist(['allow', 'refuse']),
      answersByHand: v.picklist(['allow', 'refuse']),
      refreshRotation: v.picklist(['everybody', 'public']),
      refreshRepeatSeconds: v.number(),
      assertionAudience: v.picklist(['issuer', 'issuer-or-token-endpoint']),
      signatures: v.picklist(['deployed', 'strict']),
      neverScopes: v.partial(v.object(v.entriesFromList(ASSURANCES, Words))),
      presets: v.array(v.object({ preset: v.string(), byAssurance: ByAssurance })),
    }),
    run: async ({ ctx }) => ({ ...ctx.policy, presets: PRESETS }),
  }),
}
