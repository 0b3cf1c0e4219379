/** What is remembered of the database in processes that work on it. */
export type Remembered = 'clients' | 'grants' | 'keys' | 'rules'

/** Something that is remembered became other than it was: the one with this id, or where there is none, any of them. */
export interface Change {
  /** `everything` where nobody knows what changed. */
  readonly of: Remembered | 'everything'
  readonly id?: string
}

export type Hear = (change: Change) => void

/** How a process learns what others on the same database changed. */
export type Notices =
  /** By a look at the file, which costs next to nothing: whoever remembers something looks before using it. */
  | { readonly by: 'looking'; readonly look: () => void }
  /**
   * By being told. `prove` resolves when everything that was committed before it was called has been told, and rejects where it
   * cannot be: then nothing that is remembered is worth anything.
   */
  | { readonly by: 'listening'; readonly prove: (signal: AbortSignal) => Promise<void> }

export interface ChangeVerbs {
  /** Calls back with each change of this process before its verb answers, and with those of others. Returns what ends it. */
  readonly follow: (hear: Hear) => () => void
  readonly notices: Notices
}

/** Those who want to hear, and what tells them. */
export function hearers(): { readonly follow: ChangeVerbs['follow']; readonly hear: Hear } {
  const all = new Set<Hear>()
  return {
    follow: (hear) => {
      all.add(hear)
      return () => void all.delete(hear)
    },
    hear: (change) => {
      for (const hear of all) hear(change)
    },
  }
}

/** More in one transaction are told as one that names none. */
const MOST_NAMED = 50

/** The changes of one transaction, each once. */
export interface Told {
  readonly add: Hear
  readonly changes: () => readonly Change[]
}

export function nothingTold(): Told {
  const texts = new Set<string>()
  return {
    add: (change) => void texts.add(changeText(change)),
    changes: () => {
      const named = [...texts]
      const few = named.length <= MOST_NAMED ? named : new Set(named.map((text) => text.split(' ', 1)[0] as string))
      return [...few].map(readChange)
    },
  }
}

const KNOWN: readonly Remembered[] = ['clients', 'grants', 'keys', 'rules']

export function changeText({ of, id }: Change): string {
  return id === undefined ? of : `${of} ${id}`
}

/** Whatever it says: a newer process may tell of what this one knows nothing of. */
export function readChange(text: string): Change {
  const [name = '', id] = text.split(' ', 2)
  const of = KNOWN.find((known) => known === name)
  if (of === undefined) return { of: 'everything' }
  return id === undefined ? { of } : { of, id }
}
