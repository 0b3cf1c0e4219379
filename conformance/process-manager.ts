// As process managers do in their cluster mode: the program is one of their workers. Ends with the status of its worker.
import cluster from 'node:cluster'

const [exec, config] = process.argv.slice(2) as [string, string]
cluster.setupPrimary({ exec, args: ['serve', '--config', config], execArgv: ['--conditions=doorward-source'] })
cluster.fork().on('exit', (status) => process.exit(status ?? 1))
