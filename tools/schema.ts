// Writes the JSON Schema of doorward.config.json from the schema that is enforced.
import { writeFileSync } from 'node:fs'
import { toJsonSchema } from '@valibot/to-json-schema'
import { ConfigSchema } from '../packages/doorward/src/cli/config-schema.ts'

const path = new URL('../packages/doorward/doorward.schema.json', import.meta.url)
writeFileSync(path, `${JSON.stringify(toJsonSchema(ConfigSchema, { errorMode: 'ignore' }), null, 2)}\n`)
