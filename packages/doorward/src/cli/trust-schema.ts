import { ASSERTION_ALGORITHMS } from '@doorward/core/oauth/client-keys'
import * as v from 'valibot'
import { recordOf } from './record-of.ts'

const Name = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'a name is short and lower case, like deploy'))
const Scopes = v.pipe(v.array(v.pipe(v.string(), v.minLength(1))), v.minLength(1))

/** Whoever could change what is fetched on its way could sign as its owner does, so nothing is fetched without TLS. */
export const KeysUri = v.pipe(
  v.string(),
  v.url(),
  v.regex(/^https:\/\//i, 'keys are fetched by https alone; give an https address'),
)

/** What tokens of a resource may be exchanged for. */
export const ExchangeSchema = v.strictObject({
  to: v.pipe(v.string(), v.url(), v.description('The URI of another resource of this server.')),
  scopes: v.pipe(
    recordOf(v.string(), Scopes),
    v.minEntries(1),
    v.description('Each scope here that is worth something there, and what.'),
  ),
})

/** Whose signed word is taken at the token endpoint (RFC 7523). */
export const AssertionIssuerSchema = v.strictObject({
  issuer: v.pipe(v.string(), v.minLength(1), v.description('The iss of its assertions, byte for byte.')),
  jwksUri: v.optional(KeysUri),
  jwks: v.optional(v.looseObject({ keys: v.array(v.looseObject({})) })),
  algorithms: v.optional(v.array(v.picklist(ASSERTION_ALGORITHMS))),
  people: v.optional(
    v.pipe(
      v.strictObject({
        scopes: v.optional(v.pipe(Scopes, v.description('All that it may give; what it says where left out.'))),
      }),
      v.description('It is the identity provider of a company: it says which person a client may act for (ID-JAG).'),
    ),
  ),
  workloads: v.optional(
    v.pipe(
      v.array(
        v.strictObject({
          name: Name,
          claims: v.pipe(
            recordOf(
              v.string(),
              v.pipe(v.string(), v.regex(/^[^*]+\*?$/, 'a value is exact, or a beginning followed by one *')),
            ),
            v.minEntries(1),
            v.description('What its platform says of it; every claim has to fit.'),
          ),
          resource: v.pipe(v.string(), v.url()),
          scopes: Scopes,
        }),
      ),
      v.minLength(1),
      v.description('It is a platform: it says which program is asking (workload identity).'),
    ),
  ),
  mayRepeat: v.optional(
    v.pipe(
      v.boolean(),
      v.description('One assertion may be presented again until it ends, for platforms that hand out the same one.'),
    ),
  ),
  audience: v.optional(
    v.pipe(v.string(), v.minLength(1), v.description('What its workloads name as aud, besides the issuer.')),
  ),
})

export type AssertionIssuerConfig = v.InferOutput<typeof AssertionIssuerSchema>
