import type { Command } from 'commander'

/** What a command writes and reads, so that tests can stand in for a terminal. */
export interface Terminal {
  /** Results, on standard output. */
  readonly print: (line: string) => void
  /** Progress and hints, on standard error. */
  readonly say: (line: string) => void
  readonly readInput: () => Promise<string>
  /** One line that a person types or pastes; undefined where there is none. */
  readonly readLine: () => Promise<string | undefined>
  readonly env: Readonly<Record<string, string | undefined>>
  /** Resolves when the process is asked to stop. */
  readonly untilStopped: () => Promise<void>
  /** From now on the process goes on where nobody reads what it prints any more. */
  readonly outliveReader?: () => void
}

/** Adds one command (with its subcommands) to the program. */
export type AddCommand = (program: Command, terminal: Terminal) => void

/** A command of an operator, on the database that `findDatabase` finds or at a server elsewhere. */
export function governingCommand(group: Command, name: string, description: string, json: string): Command {
  return group
    .command(name)
    .description(description)
    .option('--database <path>', 'which database')
    .option('--config <file>', 'which config file')
    .option('--remote <issuer>', "at a server elsewhere, where you are signed in with 'doorward login'")
    .option('--json', json)
}
