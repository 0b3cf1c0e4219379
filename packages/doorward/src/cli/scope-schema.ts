import * as v from 'valibot'

/** What a scope means, and whether it reads or writes. */
export const ScopeSchema = v.union([
  v.pipe(v.string(), v.minLength(1)),
  v.strictObject({
    description: v.pipe(v.string(), v.minLength(1)),
    includes: v.optional(v.array(v.string())),
    access: v.optional(
      v.pipe(
        v.picklist(['read', 'write']),
        v.description(
          'What it lets an application do. Where it is said, people tick what they allow: reading is ticked beforehand, writing is not.',
        ),
      ),
    ),
  }),
])

export const ScopeName = v.pipe(
  v.string(),
  v.regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'a scope name has no spaces, quotes or backslashes'),
)
