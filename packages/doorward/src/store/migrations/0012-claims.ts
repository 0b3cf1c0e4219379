import type { Expansion } from './migration.ts'

/** What is over is found by walking through, so that no proof is written into an index as well. Who looked by it before finds the same without. */
export const claims: Expansion = { sql: 'DROP INDEX claims_by_end;', oldestBeside: 11 }
