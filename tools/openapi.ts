// Writes docs/openapi.json from the registry of what operators can do.
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openapiDocument } from '../packages/doorward/src/authority/admin/openapi.ts'

export const OPENAPI_FILE = join(dirname(import.meta.dirname), 'docs/openapi.json')

/** The document as a file has it. */
export async function openapiText(): Promise<string> {
  return `${JSON.stringify(await openapiDocument('https://door.example.com'), null, 2)}\n`
}

if (import.meta.main) writeFileSync(OPENAPI_FILE, await openapiText())
