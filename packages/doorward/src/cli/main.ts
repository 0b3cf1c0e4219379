import { createInterface } from 'node:readline'
import { VERSION } from '@doorward/core/kernel/version'
import { Command, CommanderError } from 'commander'
import type { Terminal } from './commands/command.ts'
import { COMMANDS } from './commands/index.ts'
import { FailedError, UsageError } from './problem.ts'
import { askedToStop } from './stopping.ts'
import { terminalText } from './terminal-text.ts'

const stopped = askedToStop()

let outlivesReader = false

// Whoever reads us may have read enough: `events | head -1` is no failure. A server that somebody else's log reader left goes on.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    if (!outlivesReader) process.exit(0)
  })
}

const terminal: Terminal = {
  print: (line) => void process.stdout.write(`${terminalText(line)}\n`),
  say: (line) => void process.stderr.write(`${terminalText(line)}\n`),
  redraw: process.stderr.isTTY ? (line) => void process.stderr.write(`\r\x1b[2K${terminalText(line)}`) : undefined,
  readInput: async () => {
    let text = ''
    for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk
    return text
  },
  readLine: async () => {
    for await (const line of createInterface(process.stdin)) return line
    return undefined
  },
  env: process.env,
  untilStopped: () => stopped,
  outliveReader: () => {
    outlivesReader = true
  },
}

const program = new Command('doorward').description('The front door for the Model Context Protocol.').version(VERSION)

for (const add of COMMANDS) add(program, terminal)
prepare(program, 'doorward')

/** Exit status: 0 done, 1 refused or failed, 2 wrong usage. */
try {
  await program.parseAsync(process.argv)
  await end(0)
} catch (error) {
  await end(report(error))
}

/** Ends when everything that was written has been taken: a pipe may be slower than we are. */
async function end(status: number): Promise<never> {
  for (const stream of [process.stdout, process.stderr]) await new Promise((resolve) => stream.write('', resolve))
  process.exit(status)
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof UsageError || error instanceof FailedError) {
    terminal.say(`doorward: ${error.message}`)
    return error.exitStatus
  }
  terminal.say(`doorward: ${error instanceof Error ? error.message : String(error)}`)
  return 1
}

/** What ends a command is reported here, and a mistake leads to the help of the command that it was made with. */
function prepare(command: Command, name: string): void {
  command.exitOverride().showHelpAfterError(`See '${name} --help'.`)
  for (const child of command.commands) prepare(child, `${name} ${child.name()}`)
}
