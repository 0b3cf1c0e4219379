import * as v from 'valibot'

type Key = v.BaseSchema<string, string | number | symbol, v.BaseIssue<unknown>>

/**
 * `v.record`, and no list: that takes one for an object whose keys are 0, 1, 2, and a list of scopes would become a scope
 * named 0.
 */
export function recordOf<const K extends Key, const V extends v.GenericSchema>(
  key: K,
  value: V,
): v.RecordSchema<K, V, undefined> {
  const schema = v.record(key, value)
  const run = schema['~run'].bind(schema)
  return Object.assign(schema, {
    '~run': (...[dataset, config]: Parameters<typeof run>) => {
      if (!Array.isArray(dataset.value)) return run(dataset, config)
      v._addIssue(schema, 'type', dataset, config)
      // It has an issue now, which makes it the outcome.
      return dataset as unknown as ReturnType<typeof run>
    },
  })
}
