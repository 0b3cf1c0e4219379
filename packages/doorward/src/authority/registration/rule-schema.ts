import * as v from 'valibot'

export const Domain = v.pipe(
  v.string(),
  v.regex(
    /^(\*\.)?([a-z0-9-]+\.)+[a-z][a-z0-9-]*$/,
    'a domain is like example.com, or *.example.com for every name below it',
  ),
)

/** A line of an operator's list, in the config file and at runtime alike. */
export const RuleSchema = v.union(
  [
    v.strictObject({ clientId: v.pipe(v.string(), v.minLength(1)) }),
    v.strictObject({ domain: Domain }),
    v.strictObject({ redirectHost: v.union([Domain, v.pipe(v.string(), v.regex(/^[a-z][a-z0-9+.-]*:$/))]) }),
    v.strictObject({ statementIssuer: v.pipe(v.string(), v.minLength(1)) }),
    v.strictObject({ softwareId: v.pipe(v.string(), v.minLength(1)) }),
  ],
  'a rule has exactly one of clientId, domain, redirectHost (a host, or a scheme with colon), statementIssuer, softwareId',
)
