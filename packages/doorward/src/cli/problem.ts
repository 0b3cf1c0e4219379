/** A mistake of the caller: one sentence that names cause and mend, exit status 2. */
export class UsageError extends Error {
  readonly exitStatus = 2
}

/** Something that was refused or could not be done: one sentence, exit status 1. */
export class FailedError extends Error {
  readonly exitStatus = 1
}
