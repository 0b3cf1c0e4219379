import type * as v from 'valibot'

type Schema = v.GenericSchema & {
  readonly entries?: Readonly<Record<string, Schema>>
  readonly wrapped?: Schema
  readonly item?: Schema
  readonly value?: Schema
  readonly options?: readonly Schema[]
}

/** The keys that an object may have which stands at this path of what a schema describes, such as `resources`, 0. */
export function knownKeys(schema: v.GenericSchema, path: readonly (string | number)[]): readonly string[] {
  return [...new Set(at([schema], path).flatMap(({ entries }) => Object.keys(entries ?? {})))]
}

function at(schemas: readonly Schema[], [key, ...rest]: readonly (string | number)[]): readonly Schema[] {
  const here = schemas.flatMap(alternatives)
  if (key === undefined) return here
  return at(
    here.flatMap(({ entries, item, value }) => entries?.[key] ?? item ?? value ?? []),
    rest,
  )
}

function alternatives(schema: Schema): readonly Schema[] {
  if (schema.wrapped !== undefined) return alternatives(schema.wrapped)
  // A list of words has options too, and they are no schemas.
  const options = (schema.options ?? []).filter((option) => typeof option === 'object')
  return options.length === 0 ? [schema] : options.flatMap(alternatives)
}
