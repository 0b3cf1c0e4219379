import { start } from './0001-start.ts'

/** Forward only, in order; a database remembers how many it has seen. Never change one that was released. */
export const MIGRATIONS: readonly string[] = [start]
