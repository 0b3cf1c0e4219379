import type { GovernOptions } from '../govern/governor.ts'
import type { AddCommand } from './command.ts'

export interface LoginOptions extends GovernOptions {
  readonly scope: string
  readonly browser: boolean
  readonly paste?: boolean
}

export const login: AddCommand = (program, terminal) => {
  program
    .command('login <issuer>')
    .description('Sign in at a server elsewhere as an operator, so that commands with --remote act there.')
    .option('--scope <permissions>', 'what commands may do there, separated by spaces', 'doorward:admin')
    .option('--no-browser', 'print the address, and open nothing')
    .option('--paste', 'the browser is on another computer: paste the address at which it ends')
    .option('--json', 'print one line of JSON once signed in')
    .action(async (issuer: string, options: LoginOptions) => {
      const { signInAt } = await import('../govern/sign-in.ts')
      const session = await signInAt(issuer, options, terminal)
      terminal.print(
        options.json
          ? JSON.stringify({ issuer: session.issuer, scope: session.scope })
          : `Signed in at ${session.issuer} (${session.scope}). Commands act there with --remote ${session.issuer}, or with DOORWARD_REMOTE set to it.`,
      )
    })
}

export const logout: AddCommand = (program, terminal) => {
  program
    .command('logout [issuer]')
    .description('Sign out there: what commands could do ends at once, and nothing of it stays here.')
    .option('--json', 'print one line of JSON')
    .action(async (issuer: string | undefined, options: { readonly json?: boolean }) => {
      const { signOutAt } = await import('../govern/sign-out.ts')
      const left = await signOutAt(issuer, terminal.env)
      terminal.print(options.json ? JSON.stringify({ issuer: left, signedOut: true }) : `Signed out at ${left}.`)
    })
}
