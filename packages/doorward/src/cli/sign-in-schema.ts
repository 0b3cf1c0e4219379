import * as v from 'valibot'

const Name = v.pipe(v.string(), v.minLength(1), v.maxLength(60))
const ClaimName = v.pipe(v.string(), v.minLength(1))
const Domain = v.pipe(
  v.string(),
  v.regex(/^([a-z0-9-]+\.)+[a-z][a-z0-9-]*$/, 'a domain is in lower case and like corp.example'),
)

const ProviderSchema = v.strictObject({
  id: v.pipe(
    v.string(),
    v.regex(/^(?!passkey$|password$)[a-z0-9][a-z0-9-]{0,31}$/, 'an id is short and lower case, like okta'),
    v.description('Stands in the redirect URI (/sign-in/<id>/callback) and before the names of its groups.'),
  ),
  name: v.optional(v.pipe(Name, v.description('What people call it. Default: the id.'))),
  kind: v.optional(v.pipe(v.picklist(['oidc', 'github']), v.description('OpenID Connect, or GitHub. Default oidc.'))),
  issuer: v.optional(
    v.pipe(
      v.string(),
      v.url(),
      v.description('Its issuer, byte for byte as in its metadata. For github: https://github.com where left out.'),
    ),
  ),
  clientId: v.pipe(v.string(), v.minLength(1)),
  clientSecretFile: v.optional(v.pipe(v.string(), v.minLength(1), v.description('The file with the client secret.'))),
  clientSecretVariable: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^(?!DOORWARD_)[A-Z][A-Z0-9_]*$/, 'a variable is in upper case and does not begin with DOORWARD_'),
      v.description('Instead: the environment variable with the client secret.'),
    ),
  ),
  authentication: v.optional(
    v.pipe(
      v.picklist(['client_secret_basic', 'client_secret_post']),
      v.description('How the secret is sent (OpenID Connect). Default client_secret_basic.'),
    ),
  ),
  scopes: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.minLength(1))),
      v.description(
        'Default email and profile; for github user:email, and read:org besides makes organizations and teams groups.',
      ),
    ),
  ),
  groupsClaim: v.optional(
    v.pipe(
      v.union([ClaimName, v.pipe(v.array(ClaimName), v.minLength(1), v.maxLength(8))]),
      v.description(
        'The claim that lists groups (OpenID Connect), or the names that lead to it, like ["realm_access", "roles"]; none are taken where it is left out.',
      ),
    ),
  ),
  operatorsGroup: v.optional(
    v.pipe(v.string(), v.minLength(1), v.description('Who is in this group is an operator here.')),
  ),
  domains: v.optional(
    v.pipe(
      v.array(Domain),
      v.description(
        'Addresses of these domains lead there; no password is taken for them, and no other provider believed about them.',
      ),
    ),
  ),
  allowNewPeople: v.optional(
    v.pipe(
      v.boolean(),
      v.description(
        'People whom nobody added here may come in. Left out: those with an address of its domains, and nobody else.',
      ),
    ),
  ),
})

/** How people sign in. */
export const SignInSchema = v.strictObject({
  password: v.optional(v.pipe(v.boolean(), v.description('Whether people may sign in with a password. Default true.'))),
  providers: v.optional(v.pipe(v.array(ProviderSchema), v.maxLength(20))),
})

export type SignInConfig = v.InferOutput<typeof SignInSchema>
export type ProviderConfig = v.InferOutput<typeof ProviderSchema>
