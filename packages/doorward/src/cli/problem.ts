/** A mistake of the caller: one sentence that names cause and mend, exit status 2. */
export class UsageError extends Error {
  readonly exitStatus = 2
}

/** Something that was refused or could not be done: one sentence, exit status 1. */
export class FailedError extends Error {
  readonly exitStatus = 1
}

/** The same, of what may be there again in a moment. */
export class AwayError extends FailedError {}

/** What the system says, without the call and the path, which may be of a name that nobody gave: `EACCES: permission denied`. */
export function systemWords(error: unknown): string {
  const { message, code, syscall } = error as NodeJS.ErrnoException
  return code === undefined || syscall === undefined ? message : message.replace(/, [a-z]+( '.*)?$/s, '')
}
