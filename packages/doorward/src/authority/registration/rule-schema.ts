import * as v from 'valibot'

export const Domain = v.pipe(
  v.string(),
  v.regex(
    /^(\*\.)?([a-z0-9-]+\.)+[a-z][a-z0-9-]*$/,
    'a domain is like example.com, or *.example.com for every name below it',
  ),
)

const EXACTLY_ONE =
  'a rule has exactly one of clientId, domain, redirectHost (a host, or a scheme with colon), statementIssuer, softwareId'

/** A line of an operator's list, in the config file and at runtime alike. */
export const RuleSchema = v.union(
  [
    v.strictObject({ clientId: v.pipe(v.string(), v.minLength(1)) }),
    v.strictObject({ domain: Domain }),
    v.strictObject({
      redirectHost: v.union(
        [Domain, v.pipe(v.string(), v.regex(/^[a-z][a-z0-9+.-]*:$/))],
        'a redirect host is like example.com, *.example.com for every name below it, or a scheme with its colon, as in "cursor:"',
      ),
    }),
    v.strictObject({ statementIssuer: v.pipe(v.string(), v.minLength(1)) }),
    v.strictObject({ softwareId: v.pipe(v.string(), v.minLength(1)) }),
  ],
  // Of five kinds four are never meant: what is wrong with the one that is says more. Only words of ours, and nothing that was sent.
  ({ issues = [] }) => issues.find(({ type }) => type === 'regex' || type === 'union')?.message ?? EXACTLY_ONE,
)
