import * as v from 'valibot'
import { recordOf } from './record-of.ts'

const Words = v.pipe(v.string(), v.minLength(1), v.maxLength(200))
const Label = v.pipe(Words, v.description('What stands before its value on the consent page.'))
const Required = v.optional(v.pipe(v.boolean(), v.description('Whether each object has to have it. Default false.')))

const TextFieldSchema = v.strictObject({
  type: v.picklist(['string', 'strings']),
  label: Label,
  required: Required,
  enum: v.optional(
    v.pipe(
      v.array(Words),
      v.minLength(1),
      v.maxLength(50),
      v.description('The words that it may be; any where left out.'),
    ),
  ),
  maxLength: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000), v.description('In characters. Default 200.')),
  ),
})
const ValueFieldSchema = v.strictObject({
  type: v.picklist(['number', 'boolean']),
  label: Label,
  required: Required,
})

const FieldName = v.pipe(
  v.string(),
  v.regex(
    /^(?!(type|__proto__)$)[A-Za-z0-9_.:-]{1,64}$/,
    "a field has letters, digits, '_', '.', ':' and '-'; 'type' is taken",
  ),
)
const fieldsOf = <Field extends v.GenericSchema>(field: Field) => v.pipe(recordOf(FieldName, field), v.maxEntries(20))

const GroupSchema = v.strictObject({
  type: v.literal('object'),
  required: Required,
  fields: fieldsOf(v.variant('type', [TextFieldSchema, ValueFieldSchema])),
})

const TypeName = v.pipe(
  v.string(),
  v.regex(/^(?!__proto__$)[\x21\x23-\x5b\x5d-\x7e]{1,128}$/, 'a type has no spaces, quotes or backslashes'),
)

/** What clients may ask of a resource in detail (RFC 9396): each type in words, and all that may stand in it. */
export const DetailsTypesSchema = v.pipe(
  recordOf(
    TypeName,
    v.strictObject({
      description: v.pipe(
        Words,
        v.description('What it means that a person allows it, in words for the consent page.'),
      ),
      fields: fieldsOf(v.variant('type', [TextFieldSchema, ValueFieldSchema, GroupSchema])),
    }),
  ),
  v.minEntries(1),
  v.maxEntries(50),
  v.description('Rich authorization requests (RFC 9396): what clients may ask for in detail, by type.'),
)
