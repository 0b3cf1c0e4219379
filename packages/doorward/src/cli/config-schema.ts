import { ASSERTION_ALGORITHMS } from '@doorward/core/oauth/client-keys'
import { AUTHENTICATION_METHODS } from '@doorward/core/oauth/client-metadata'
import * as v from 'valibot'
import { Domain, RuleSchema } from '../authority/registration/rule-schema.ts'
import { DetailsTypesSchema } from './details-schema.ts'
import { GroupsSchema } from './groups-schema.ts'
import { ForwardedHeader } from './header-schema.ts'
import { recordOf } from './record-of.ts'
import { RedirectScheme } from './redirect-scheme-schema.ts'
import { RUNNING } from './running-schema.ts'
import { ScopeName, ScopeSchema } from './scope-schema.ts'
import { SignInSchema } from './sign-in-schema.ts'
import { LogSchema, MetricsSchema, TelemetrySchema } from './telemetry-schema.ts'
import { MtlsSchema, TlsSchema } from './tls-schema.ts'
import { AssertionIssuerSchema, ExchangeSchema, KeysUri } from './trust-schema.ts'

const ResourceSchema = v.strictObject({
  name: v.pipe(
    v.string(),
    v.minLength(1),
    v.description('What people call this MCP server; shown on the consent page.'),
  ),
  path: v.optional(
    v.pipe(
      v.string(),
      // RFC 3986 §5.2.4: a client takes . and .. out of an address before it asks.
      v.regex(
        /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~-]+)+$/,
        "a path is like /notes/mcp: each part begins with '/' and has letters, digits and . _ ~ - only; no '/' stands at its end",
      ),
      v.description('Where the gateway serves it, on the host of the issuer.'),
    ),
  ),
  resource: v.optional(
    v.pipe(v.string(), v.url(), v.description('The URI of an MCP server elsewhere that verifies tokens itself.')),
  ),
  upstream: v.optional(v.pipe(v.string(), v.url(), v.description('The unmodified MCP server behind the gateway.'))),
  forwardHeaders: v.optional(
    v.pipe(v.array(ForwardedHeader), v.description('Further headers of a client that the server behind may see.')),
  ),
  scopes: v.optional(v.pipe(recordOf(ScopeName, ScopeSchema), v.minEntries(1))),
  defaultScopes: v.optional(v.array(ScopeName)),
  servers: v.optional(
    v.pipe(
      v.array(v.string()),
      v.description('The client ids that this MCP server uses itself, to introspect its tokens or to exchange them.'),
    ),
  ),
  exchanges: v.optional(v.array(ExchangeSchema)),
  senderConstraint: v.optional(
    v.pipe(
      v.picklist(['required', 'certificate']),
      v.description(
        'Its tokens have to be bound to a key of the client; or to its certificate (RFC 8705), and then the gateway serves it where certificates are asked for.',
      ),
    ),
  ),
  tools: v.optional(
    v.pipe(
      recordOf(v.string(), v.array(ScopeName)),
      v.description("Scopes that a call of this tool needs; '*' stands for every tool that is not named."),
    ),
  ),
  hideTools: v.optional(
    v.pipe(
      v.boolean(),
      v.description(
        'Whether a client sees only the tools that its token may call. Default true. Where it sees all, calling one asks the person for what is missing.',
      ),
    ),
  ),
  authorizationDetailsTypes: v.optional(DetailsTypesSchema),
})

const ASSURANCES = ['operator', 'user', 'statement', 'domain', 'invited', 'claimed'] as const

const PolicySchema = v.strictObject({
  preset: v.optional(v.picklist(['zero-touch', 'guarded', 'strict', 'fapi2'])),
  assurance: v.optional(
    v.pipe(
      recordOf(v.picklist(ASSURANCES), v.picklist(['allow', 'ask', 'refuse'])),
      v.description('What happens at the first authorization of a client that is known in this way.'),
    ),
  ),
  senderConstraint: v.optional(
    v.pipe(
      v.union([v.picklist(['optional', 'required']), v.array(v.picklist(ASSURANCES))]),
      v.description(
        'Whether tokens have to be bound to a key of the client: for everybody, or for clients that are known in these ways.',
      ),
    ),
  ),
  deviceAuthorization: v.optional(
    v.pipe(
      v.picklist(['allow', 'refuse']),
      v.description(
        'Whether clients without a browser may have people type a code (RFC 8628). Refused by the presets strict and fapi2.',
      ),
    ),
  ),
  answersByHand: v.optional(
    v.pipe(
      v.picklist(['allow', 'refuse']),
      v.description(
        'Whether people may be shown the answer to an application on another machine, to carry it there themselves. Refused by the presets strict and fapi2.',
      ),
    ),
  ),
  assertionAudience: v.optional(
    v.pipe(
      v.picklist(['issuer', 'issuer-or-token-endpoint']),
      v.description(
        'What clients that sign who they are (private_key_jwt) may name as audience. The presets strict and fapi2 take the issuer alone.',
      ),
    ),
  ),
  allow: v.optional(v.pipe(v.array(RuleSchema), v.description('Admitted without asking.'))),
  deny: v.optional(v.pipe(v.array(RuleSchema), v.description('Never admitted; stands above everything else.'))),
  neverScopes: v.optional(
    v.pipe(
      recordOf(v.picklist(ASSURANCES), v.array(ScopeName)),
      v.description('Scopes that a client which is known in this way never gets.'),
    ),
  ),
})

const StatementIssuerSchema = v.strictObject({
  issuer: v.optional(v.pipe(v.string(), v.minLength(1), v.description('The iss of its statements.'))),
  domain: v.optional(
    v.pipe(
      Domain,
      v.description('Instead of issuer: every https issuer at this domain, with keys at its /.well-known/jwks.json.'),
    ),
  ),
  jwksUri: v.optional(KeysUri),
  jwks: v.optional(v.looseObject({ keys: v.array(v.looseObject({})) })),
  algorithms: v.optional(v.array(v.picklist(ASSERTION_ALGORITHMS))),
  softwareIds: v.optional(
    v.pipe(v.array(v.string()), v.description('The software that it may vouch for; any where left out.')),
  ),
  redirectHosts: v.optional(
    v.pipe(v.array(v.string()), v.description('Hosts or schemes that its software may take answers at.')),
  ),
  singleUse: v.optional(v.pipe(v.boolean(), v.description('Each statement (jti) registers one client only.'))),
})

const RegistrationSchema = v.strictObject({
  open: v.optional(v.pipe(v.boolean(), v.description('Whether anybody may register. Default true.'))),
  newPerHour: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.description('New applications in all. Default 5000.')),
  ),
  newPerHourAndNetwork: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.description('New applications from one network. Default 60. Repeats are free.'),
    ),
  ),
  statementIssuers: v.optional(v.array(StatementIssuerSchema)),
})

const ClientSchema = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,200}$/, 'an id is printable and without spaces')),
  name: v.optional(v.string()),
  redirectUris: v.optional(v.pipe(v.array(v.string()), v.minLength(1))),
  grantTypes: v.optional(
    v.pipe(
      v.array(v.picklist(['authorization_code', 'device_code', 'client_credentials'])),
      v.minLength(1),
      v.description(
        'How it may ask. Default authorization_code; device_code is for programs without a browser, client_credentials for those that act for themselves.',
      ),
    ),
  ),
  authentication: v.optional(v.picklist(AUTHENTICATION_METHODS)),
  jwksUri: v.optional(
    v.pipe(
      v.string(),
      v.url(),
      v.description('For private_key_jwt and self_signed_tls_client_auth: where its public keys are.'),
    ),
  ),
  jwks: v.optional(
    v.pipe(
      v.looseObject({ keys: v.array(v.looseObject({})) }),
      v.description('For private_key_jwt and self_signed_tls_client_auth: its public keys themselves.'),
    ),
  ),
  certificate: v.optional(
    v.pipe(
      v.strictObject({
        subjectDn: v.optional(v.pipe(v.string(), v.description('Its subject, as in RFC 4514: CN=app,O=Acme'))),
        sanDns: v.optional(v.string()),
        sanUri: v.optional(v.string()),
        sanIp: v.optional(v.string()),
        sanEmail: v.optional(v.string()),
      }),
      v.description('For tls_client_auth: which certificate is its own; exactly one of these (RFC 8705 §2.1.2).'),
    ),
  ),
  certificateBoundTokens: v.optional(
    v.pipe(v.boolean(), v.description('Its tokens are bound to its certificate (RFC 8705 §3). Default false.')),
  ),
  scope: v.optional(v.string()),
  requireSignedRequestObject: v.optional(
    v.pipe(
      v.boolean(),
      v.description('It signs its authorization requests (RFC 9101); no other is taken. Default false.'),
    ),
  ),
  authorizationDetailsTypes: v.optional(
    v.pipe(v.array(v.string()), v.description('The types of RFC 9396 that it may ask for; any where left out.')),
  ),
})

/** `doorward.config.json`. Unknown keys are an error. */
export const ConfigSchema = v.strictObject({
  $schema: v.optional(v.string()),
  issuer: v.optional(
    v.pipe(v.string(), v.url(), v.description('The public address of this server, without trailing slash.')),
  ),
  host: v.optional(v.pipe(v.string(), v.description('The address to listen on. Default 127.0.0.1.'))),
  port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65535), v.description('Default 8421.'))),
  database: v.optional(
    v.pipe(v.string(), v.minLength(1), v.description('A file path, or postgres://…. Default doorward.sqlite.')),
  ),
  resources: v.optional(v.pipe(v.array(ResourceSchema), v.minLength(1))),
  policy: v.optional(PolicySchema),
  registration: v.optional(RegistrationSchema),
  clients: v.optional(v.pipe(v.array(ClientSchema), v.description('Applications registered by hand.'))),
  assertionIssuers: v.optional(v.array(AssertionIssuerSchema)),
  administration: v.optional(
    v.strictObject({
      commandLine: v.optional(
        v.pipe(
          v.boolean(),
          v.description(
            "Whether operators may sign in from elsewhere with 'doorward login', and govern this server with --remote. Default false.",
          ),
        ),
      ),
    }),
  ),
  groups: v.optional(GroupsSchema),
  egressProxy: v.optional(
    v.pipe(v.string(), v.url(), v.description("An HTTP proxy through which strangers' addresses are fetched.")),
  ),
  signIn: v.optional(v.pipe(SignInSchema, v.description('How people sign in.'))),
  signingKeys: v.optional(
    v.strictObject({
      algorithm: v.optional(
        v.pipe(
          v.picklist(['ES256', 'EdDSA', 'RS256']),
          v.description('What access tokens are signed with. Default ES256.'),
        ),
      ),
      rotateDays: v.optional(
        v.pipe(v.number(), v.minValue(1), v.maxValue(3650), v.description('A new key each so many days. Default 90.')),
      ),
    }),
  ),
  requireDpopNonce: v.optional(
    v.pipe(v.boolean(), v.description('Each DPoP proof has to carry a nonce of this server. Default false.')),
  ),
  revocation: v.optional(
    v.strictObject({
      publish: v.optional(
        v.pipe(
          v.boolean(),
          v.description(
            'Servers that verify tokens by themselves can learn which grants were revoked; they follow within two seconds. Default true.',
          ),
        ),
      ),
    }),
  ),
  metrics: v.optional(v.pipe(MetricsSchema, v.description('Numbers for Prometheus, at an address of their own.'))),
  log: v.optional(LogSchema),
  telemetry: v.optional(TelemetrySchema),
  tls: v.optional(v.pipe(TlsSchema, v.description('TLS ends here, and not at a proxy.'))),
  mtls: v.optional(v.pipe(MtlsSchema, v.description('Client certificates (RFC 8705).'))),
  ...RUNNING,
  redirectSchemes: v.optional(
    v.pipe(v.array(RedirectScheme), v.description('Further private-use schemes that clients may register.')),
  ),
})

export type Config = v.InferOutput<typeof ConfigSchema>
export type ResourceConfig = v.InferOutput<typeof ResourceSchema>

export type PolicyConfig = v.InferOutput<typeof PolicySchema>
export type RegistrationConfig = v.InferOutput<typeof RegistrationSchema>
export type ClientConfig = v.InferOutput<typeof ClientSchema>
