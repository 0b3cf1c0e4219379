import type { KeyObject } from 'node:crypto'
import { dpopNonce, isGoodNonce } from '@doorward/core/dpop/nonce'
import { PROOF_ALGORITHMS } from '@doorward/core/dpop/proof'
import { type Guard, protectResource, type ResourceOptions } from '@doorward/resource'
import { JWKSNoMatchingKey } from 'jose/errors'
import type { AuthorityContext, ResourceSettings, Visit } from '../authority/context.ts'
import { signaturesOf } from '../authority/registration/signatures.ts'
import { gateway } from '../gateway/gateway.ts'
import type { TokenStandings } from '../gateway/streams.ts'
import type { Watch } from '../telemetry/watch.ts'

/** A protected resource and, where the gateway serves it, the MCP server behind it. */
export interface ServedResource extends ResourceSettings {
  readonly upstream?: URL | ((request: Request) => Promise<Response>)
  readonly tools?: Readonly<Record<string, readonly string[]>>
  /** Further headers that the server behind may see, in lower case. */
  readonly forwardHeaders?: readonly string[]
  /** Whether a client sees only the tools that its token may call. Default true. */
  readonly hideTools?: boolean
}

/** Where the gateway lets callers in to one resource. */
export interface Door {
  readonly guard: Guard
  readonly path: string
  readonly enter: (request: Request, visit: Visit) => Promise<Response>
}

/** Whether a path is the one that is served there. */
export const isAt = (served: string, path: string): boolean => path === served || path === `${served}/`

/** None, where the resource verifies tokens itself. */
export function door(
  context: AuthorityContext,
  standing: TokenStandings,
  resource: ServedResource,
  key: (purpose: string) => KeyObject,
  watch: Watch | undefined,
): Door[] {
  if (resource.upstream === undefined) return []
  const names = Object.keys(resource.scopes)
  const nonceKey = key('gateway nonces')
  const senderConstraint = wantedConstraint(context, resource)
  const guard = protectResource({
    resource: resource.uri,
    authorizationServers: [context.issuer],
    name: resource.name,
    scopes: resource.scopes,
    firstScopes: resource.defaultScopes,
    authorizationDetailsTypes: Object.keys(resource.authorizationDetailsTypes ?? {}),
    // One scope and no tools of its own: it opens the whole server. Otherwise the tools say what they need.
    requiredScopes: resource.tools === undefined && names.length === 1 ? names : [],
    ...(resource.tools === undefined ? {} : { tools: resource.tools }),
    // The keys are in this process: no request leaves it to verify a token.
    keys: () => async (header) => {
      const publicKey = await context.keyring.findPublicKey(header.kid ?? '')
      // As any source says it, so that a token from before a restore is not taken for a source that is broken.
      if (publicKey === undefined) throw new JWKSNoMatchingKey()
      return publicKey
    },
    now: context.now,
    // The gateway tells of each as an event.
    onRefusal: () => undefined,
    ...(senderConstraint === undefined ? {} : { senderConstraint }),
    // Shared with every process on this database, and still known after a restart.
    proofs: {
      algorithms: signaturesOf(context.policy, PROOF_ALGORITHMS),
      claim: async (replayKey, until) => (await context.store.claims.claim(`dpop ${replayKey}`, until)) === 'first',
      ...(context.requireDpopNonce
        ? {
            nonce: {
              current: () => dpopNonce(nonceKey, context.now()),
              isGood: (nonce: string) => isGoodNonce(nonceKey, nonce, context.now()),
            },
          }
        : {}),
    },
  })
  return [
    {
      guard,
      path: new URL(resource.uri).pathname,
      enter: gateway({
        guard,
        upstream: resource.upstream,
        watching: watch && ((visit) => watch.visit(resource.uri, visit)),
        standing,
        sessionKey: key('sessions'),
        certificateOf: (request) => context.certificateOf(request)?.der,
        audit: context.audit,
        now: context.now,
        ...(resource.forwardHeaders === undefined ? {} : { forwardHeaders: resource.forwardHeaders }),
        ...(resource.hideTools === undefined ? {} : { hideTools: resource.hideTools }),
      }),
    },
  ]
}

/** What the resource or the policy wants. Where no certificates are taken, being bound is being bound by DPoP, which metadata can say. */
function wantedConstraint(
  { policy, mtls }: AuthorityContext,
  resource: ServedResource,
): ResourceOptions['senderConstraint'] | undefined {
  const wanted = resource.senderConstraint ?? (policy.senderConstraint === 'required' ? 'required' : undefined)
  return wanted === 'required' && mtls === undefined ? 'dpop' : wanted
}
