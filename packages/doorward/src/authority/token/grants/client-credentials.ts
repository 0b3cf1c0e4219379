import { OAuthError } from '@doorward/core/oauth/error'
import { scopeRule } from '../../authorize/checks/scope.ts'
import type { ResourceSettings } from '../../context.ts'
import { senderFor } from '../prove-sender.ts'
import { standingGrantType } from './grant.ts'
import { grantableScope, namedResource } from './rules.ts'

interface Evidence {
  readonly resource: ResourceSettings
  readonly mayHave: (scope: string) => boolean
}

/**
 * RFC 6749 §4.4: a program that acts for itself. It was registered for that by an operator, who also said all that it may have;
 * there is no refresh token (§4.4.3), and nobody but itself is the subject.
 */
export const clientCredentials = standingGrantType<Evidence>({
  type: 'client_credentials',
  kind: 'client',
  reason: 'client_credentials',

  read: async (ctx, _visit, { client, form }) => {
    const resource = namedResource(ctx, form.resources)
    return { resource, mayHave: scopeRule(client, [resource], ctx.policy) }
  },

  judge: ({ client, form, shown }, { resource, mayHave }) => {
    const registered = client.metadata.grant_types as readonly string[]
    if (client.assurance !== 'operator' || !registered.includes('client_credentials')) {
      throw new OAuthError(
        'unauthorized_client',
        'This client is not registered to ask for itself',
        'client_credentials_not_registered',
      )
    }
    return {
      // RFC 9068 §5: no client is ever called like a person (`isKeptForSubjects`).
      userId: client.id,
      clientId: client.id,
      resource: resource.uri,
      scope: grantableScope(form.get('scope'), resource, String(client.metadata.scope), mayHave),
      sender: senderFor(shown, resource.uri),
    }
  },
})
