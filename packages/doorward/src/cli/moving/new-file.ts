import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { link, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { systemWords, UsageError } from '../problem.ts'

/**
 * Writes a file that its owner alone can read. It has its name only once all of it is on the disk, and takes nobody's place.
 * @throws UsageError where there is one already, or none can be made.
 */
export async function writeNewFile<T>(
  path: string,
  work: (write: (bytes: Uint8Array) => Promise<void>) => Promise<T>,
): Promise<T> {
  if (existsSync(path)) throw taken(path)
  const unfinished = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.part`)
  const file = await open(unfinished, 'wx', 0o600).catch((error: unknown) => {
    throw new UsageError(
      `The file '${path}' cannot be made (${systemWords(error)}); name one in a folder that is there and that you may write to.`,
    )
  })
  try {
    const result = await work((bytes) => file.writeFile(bytes))
    await file.sync()
    await place(unfinished, path).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? taken(path) : error
    })
    return result
  } finally {
    await file.close()
    await rm(unfinished, { force: true })
    await syncFolder(dirname(path))
  }
}

/** @throws where something is there, and for what the disk refuses */
async function place(unfinished: string, path: string): Promise<void> {
  try {
    await link(unfinished, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error
    // A file system without links, such as that of a memory card or a share: only a name that we made ourselves is taken over.
    await (await open(path, 'wx', 0o600)).close()
    await rename(unfinished, path).catch(async (refusal: unknown) => {
      await rm(path, { force: true })
      throw refusal
    })
  }
}

function taken(path: string): UsageError {
  return new UsageError(`There is a file '${path}' already; give another name.`)
}

/** Without it a name may be gone after a power failure, and with it the file. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined)
  // Some systems open no folder; they keep names by themselves.
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}
