import { DEVICE_GRANT, readClientMetadata } from '@doorward/core/oauth/client-metadata'
import { OAuthError } from '@doorward/core/oauth/error'
import { isKeptForSubjects } from '../authority/ids.ts'
import type { Store, StoredClient } from '../store/store.ts'
import { clock } from './compose.ts'
import type { ClientConfig } from './config-schema.ts'
import { UsageError } from './problem.ts'

/** Registers what the config file lists, and brings what was registered before up to date with it. */
export async function putConfiguredClients(store: Store, clients: readonly ClientConfig[]): Promise<void> {
  for (const config of clients) {
    const client = operatorsClient(config.id, {
      redirect_uris: config.redirectUris,
      client_name: config.name,
      token_endpoint_auth_method: config.authentication ?? 'none',
      jwks_uri: config.jwksUri,
      jwks: config.jwks,
      tls_client_auth_subject_dn: config.certificate?.subjectDn,
      tls_client_auth_san_dns: config.certificate?.sanDns,
      tls_client_auth_san_uri: config.certificate?.sanUri,
      tls_client_auth_san_ip: config.certificate?.sanIp,
      tls_client_auth_san_email: config.certificate?.sanEmail,
      tls_client_certificate_bound_access_tokens: config.certificateBoundTokens,
      scope: config.scope,
      grant_types: config.grantTypes,
      require_signed_request_object: config.requireSignedRequestObject,
      authorization_details_types: config.authorizationDetailsTypes,
    })
    const known = await store.clients.find(client.id)
    if (known !== undefined && known.assurance !== 'operator')
      throw new UsageError(
        `The client id '${client.id}' of the config file is taken by an application that registered itself.`,
      )
    const event = { outcome: 'allowed', reason: 'configured', client: client.id } as const
    if (known === undefined) await store.clients.put(client, () => ({ ...event, type: 'client.added' }))
    else if (JSON.stringify(known.metadata) !== JSON.stringify(client.metadata))
      await store.clients.change(client.id, { metadata: client.metadata }, () => ({ ...event, type: 'client.changed' }))
  }
}

/**
 * A client as an operator registers it: every scheme it names is meant, and its scopes are the most that it gets.
 * @throws UsageError naming what is wrong.
 */
export function operatorsClient(
  id: string,
  fields: Record<string, unknown> & {
    redirect_uris?: readonly string[] | undefined
    /** `device_code` stands for its long name. */
    grant_types?: readonly string[] | undefined
  },
): StoredClient {
  if (isKeptForSubjects(id))
    throw new UsageError(`The client id '${id}' begins like the id of a person or workload; choose another.`)
  const scopes = typeof fields.scope === 'string' ? fields.scope.split(' ') : []
  try {
    const grants = fields.grant_types?.map((type) => (type === 'device_code' ? DEVICE_GRANT : type))
    const metadata = readClientMetadata(
      { ...fields, grant_types: grants },
      {
        scopes,
        defaultScopes: [],
        redirectSchemes: (fields.redirect_uris ?? []).map((uri) => uri.split(':')[0]?.toLowerCase() ?? ''),
        clientCredentials: true,
        deviceAuthorization: true,
      },
    )
    return { id, assurance: 'operator', metadata: { ...metadata }, createdAt: clock(), secretsNotBefore: 0 }
  } catch (error) {
    if (error instanceof OAuthError) throw new UsageError(`Client '${id}': ${error.description}.`)
    throw error
  }
}
