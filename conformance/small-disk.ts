// A disk that is small: a file system in memory, which only root can mount.
import { execFileSync } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NOBODY } from '../packages/doorward/src/testing/postgres.ts'

export const CAN_MOUNT = process.platform === 'linux' && process.getuid?.() === 0

export interface SmallDisk {
  readonly path: string
  /** To the last block. */
  readonly fill: () => void
  /** Takes away what filled it. */
  readonly free: () => void
}

/** Gives `work` a disk of so many MiB, that of whoever runs the database, and takes it away afterwards. */
export async function withSmallDisk(mib: number, work: (disk: SmallDisk) => Promise<void>): Promise<void> {
  const path = mkdtempSync(join(tmpdir(), 'doorward-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', path])
  const filler = join(path, 'filler')
  try {
    chownSync(path, NOBODY, NOBODY)
    await work({
      path,
      fill: () => {
        for (let i = 0; ; i++) {
          try {
            mkdirSync(filler, { recursive: true })
            writeFileSync(join(filler, String(i)), Buffer.alloc(64 * 1024))
          } catch {
            return
          }
        }
      },
      free: () => rmSync(filler, { recursive: true, force: true }),
    })
  } finally {
    execFileSync('umount', ['-l', path])
    rmSync(path, { recursive: true, force: true })
  }
}
