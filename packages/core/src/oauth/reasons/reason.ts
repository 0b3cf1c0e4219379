/** Why something was refused, and what helps, in plain words: one sentence or two each. */
export interface Explanation {
  /** What was found, as true of every place that gives this reason. */
  readonly cause: string
  /** What to do about it; first for whoever sees it, then for whoever can change it. */
  readonly mend: string
}

/** Reasons by name. A name stays what it is: it stands in logs, in links and in people's searches. */
export type Explanations = Readonly<Record<string, Explanation>>

/** The reasons that come up at one moment of a connection. */
export interface Situation {
  readonly title: string
  /** When one meets these. */
  readonly lead: string
  readonly reasons: Explanations
}
