import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from './doorward.ts'

const INSTALL_MILLISECONDS = 600_000

/**
 * The folder of a package as npm published it, at an exact version, fetched on the first run into one of
 * `node_modules/.cache`. No script of any package runs. For what is too large to be in everybody's lock.
 */
export async function fromNpm(cache: string, name: string, version: string): Promise<string> {
  const spec = `${name}@${version}`
  const folder = join(ROOT, 'node_modules/.cache', cache, spec.replaceAll('/', '+'))
  if (!existsSync(folder)) {
    // Moved into place when whole, so that an interrupted install is never taken for the package.
    const part = `${folder}.part`
    rmSync(part, { recursive: true, force: true })
    mkdirSync(part, { recursive: true })
    writeFileSync(join(part, 'package.json'), '{ "private": true }\n')
    const args = ['install', '--prefix', part, '--no-save', '--ignore-scripts', '--loglevel=error', spec]
    await promisify(execFile)('npm', args, { timeout: INSTALL_MILLISECONDS }).catch(
      (error: { stderr?: string; message: string }) => {
        throw new Error(`${spec} cannot be installed, so nothing is proved about it: ${error.stderr || error.message}`)
      },
    )
    renameSync(part, folder)
  }
  return join(folder, 'node_modules', name)
}
