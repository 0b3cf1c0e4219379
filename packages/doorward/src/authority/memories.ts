import type { AuthorityContext } from './context.ts'
import { documentMemory } from './registration/documents.ts'

/** What a process remembers of strangers and of what it read, each bounded where it is used. Another process has its own. */
export type Memories = Pick<
  AuthorityContext,
  | 'buckets'
  | 'totals'
  | 'documents'
  | 'logos'
  | 'keySets'
  | 'ruleMemory'
  | 'openings'
  | 'polls'
  | 'checkedTokens'
  | 'sightings'
>

export function emptyMemories(): Memories {
  return {
    buckets: new Map(),
    totals: new Map(),
    documents: documentMemory(),
    logos: new Map(),
    keySets: new Map(),
    ruleMemory: {},
    openings: new Map(),
    polls: new Map(),
    checkedTokens: new Map(),
    sightings: new Map(),
  }
}
