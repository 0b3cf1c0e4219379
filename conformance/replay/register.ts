import { createHash, randomBytes, randomInt } from 'node:crypto'
import type {
  AuthenticationMethod,
  DocumentRegistration,
  DynamicRegistration,
  Metadata,
  Redirect,
  ReplayClient,
} from './client.ts'
import type { Discovered } from './discover.ts'
import { type DocumentListener, publishDocument } from './document-listener.ts'
import { Refused, text, type Wire } from './wire.ts'

const FIRST_EPHEMERAL_PORT = 49_152
const LAST_EPHEMERAL_PORT = 65_535

export interface Registered {
  readonly kind: 'dynamic' | 'metadata-document'
  readonly clientId: string
  readonly method: AuthenticationMethod
  readonly secret: string | undefined
  /** With every place filled in. */
  readonly redirect: string
  /** What the client said of itself. */
  readonly asked: Metadata
  /** What the server answered; of a document, what it says. */
  readonly metadata: Metadata
  /** The id that the same registration gets a second time. */
  readonly again: () => Promise<string | undefined>
  readonly document: DocumentListener | undefined
  /** In a few words, for the report. */
  readonly how: string
}

/** As the client would: by its document where the server takes it, else by what it does then. */
export async function register(
  client: ReplayClient,
  wire: Wire,
  found: Discovered,
  scope: string | undefined,
): Promise<Registered> {
  const places = placesOf(found.mcp, scope)
  const { registration } = client
  if (registration.kind === 'dynamic') return registerDynamically(client, registration, wire, found, places)
  const hindrance = whyNoDocument(registration, found.server)
  if (hindrance === undefined) return registerByDocument(client, registration, found, places)
  if (registration.otherwise === undefined) throw new Refused(`${hindrance}, and ${client.name} knows no other way`)
  const registered = await registerDynamically(client, registration.otherwise, wire, found, places)
  return { ...registered, how: `${registered.how}; ${hindrance}` }
}

function whyNoDocument(registration: DocumentRegistration, server: Metadata): string | undefined {
  if (server.client_id_metadata_document_supported !== true) return 'the server takes no metadata documents'
  const methods = (server.token_endpoint_auth_methods_supported ?? []) as readonly string[]
  if (registration.needsPublicClients && !methods.includes('none')) return "the server does not list the method 'none'"
  return undefined
}

async function registerByDocument(
  client: ReplayClient,
  registration: DocumentRegistration,
  found: Discovered,
  places: Places,
): Promise<Registered> {
  const metadata = fill(registration.document, places)
  // The vendors' documents lie on the web, and their keys are theirs: a server on this computer gets both from here.
  const document = isLocal(String(found.server.issuer)) ? await publishDocument(metadata) : undefined
  const clientId = document?.url ?? registration.url
  return {
    kind: 'metadata-document',
    clientId,
    method: methodOf(metadata, found.server, document !== undefined),
    secret: undefined,
    redirect: redirectOf(client.redirect, found.server, places),
    asked: metadata,
    metadata,
    again: async () => clientId,
    document,
    how: `document ${document === undefined ? registration.url : `${registration.url}, served from here`}`,
  }
}

/** The strongest method that both sides know and that can be replayed without the vendor's key. */
function methodOf(document: Metadata, server: Metadata, hasKey: boolean): AuthenticationMethod {
  const own = [document.token_endpoint_auth_method, ...((document.token_endpoint_auth_methods_supported ?? []) as [])]
  const known = (server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']) as readonly string[]
  if (hasKey && own.includes('private_key_jwt') && known.includes('private_key_jwt')) return 'private_key_jwt'
  if (own.includes('none') && known.includes('none')) return 'none'
  throw new Refused(`no way of client authentication is left: the client has ${own.join(', ')}`)
}

async function registerDynamically(
  client: ReplayClient,
  registration: DynamicRegistration,
  wire: Wire,
  { server }: Discovered,
  places: Places,
): Promise<Registered> {
  const endpoint = text(server.registration_endpoint)
  if (endpoint === undefined) throw new Refused('the server has no registration endpoint')
  const redirect = redirectOf(registration.redirect ?? client.redirect, server, places)
  const body = fill(registration.body, { ...places, redirect })
  const send = () =>
    wire(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
    })
  const answer = await send()
  const clientId = text(answer.json?.client_id)
  if (answer.status !== 201 || answer.json === undefined || clientId === undefined) {
    throw new Refused('the registration is refused', answer)
  }
  const secret = text(answer.json.client_secret)
  const echoed = text(answer.json.token_endpoint_auth_method)
  const method =
    client.authentication === 'as-registered'
      ? ((echoed ?? (secret === undefined ? 'none' : 'client_secret_basic')) as AuthenticationMethod)
      : client.authentication
  return {
    kind: 'dynamic',
    clientId,
    method: method === 'private_key_jwt' ? 'none' : method,
    secret,
    redirect,
    asked: body,
    metadata: answer.json,
    again: async () => text((await send()).json?.client_id),
    document: undefined,
    how: 'dynamic',
  }
}

export function isLocal(url: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname)
}

type Places = Readonly<Record<string, string>>

function placesOf(mcp: string, scope: string | undefined): Places {
  return {
    port: String(randomInt(FIRST_EPHEMERAL_PORT, LAST_EPHEMERAL_PORT)),
    id: randomBytes(8).toString('hex'),
    server: createHash('sha256').update(mcp).digest().subarray(0, 9).toString('base64url'),
    scope: scope ?? '',
  }
}

function redirectOf(redirect: Redirect, server: Metadata, places: Places): string {
  if (typeof redirect === 'string') return fill(redirect, places)
  const named = server.authorization_response_iss_parameter_supported === true
  return fill(named ? redirect.withIssuer : redirect.without, places)
}

/** Fills the places of a template. */
function fill<T>(template: T, places: Places): T {
  const filled = JSON.stringify(template).replace(/\{([a-z]+)\}/g, (whole, name: string) => places[name] ?? whole)
  return JSON.parse(filled) as T
}
