/**
 * One step of the schema. Plain SQL is a contraction: nobody who does not know it may work on the database afterwards.
 * Never change one that was released.
 */
export type Migration = string | Expansion

/** Only adds, so that processes of the release before go on beside newer ones while a fleet is replaced, one by one. */
export interface Expansion {
  readonly sql: string
  /**
   * How many migrations the oldest process has seen that may still run. It neither fails on what was added nor does harm by not
   * knowing it: a new column has a default that means what was before, and nothing that it protects is written yet.
   */
  readonly oldestBeside: number
}
