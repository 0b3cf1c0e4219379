// What is handed to Kubernetes, Compose and systemd: rendered by Helm's own engine, read by their own tools where these can be had, and
// held against the image and the configuration that they are for.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Ajv } from 'ajv'
import { parse, parseAllDocuments } from 'yaml'
import { OWN_PATHS, readConfig } from '../packages/doorward/src/cli/config.ts'
import { makeFolder, ROOT } from './doorward.ts'
import { instructions } from './image.ts'

const CHART = join(ROOT, 'deploy/helm/doorward')
const VALUES = {
  issuer: 'https://mcp.example.com',
  config: { resources: [{ name: 'Notes', path: '/notes/mcp', upstream: 'http://notes.tools.svc:3000/mcp' }] },
  existingSecret: { name: 'doorward-secrets' },
}
/** Hundredths; systemd calls below 5.0 'OK'. */
const MOST_EXPOSURE = 30

/** What the docs ask for beside `drainSeconds`: 30 until workers that do not end are cut, 5 before the signal, 5 to spare. */
const AT_LEAST_SECONDS = 40
const DRAIN_SECONDS = 1

interface Made {
  readonly kind: string
}

const folder = makeFolder()
after(() => rmSync(folder, { recursive: true, force: true }))
const ofImage = new Map(
  instructions(readFileSync(join(ROOT, 'deploy/Dockerfile'), 'utf8')).flatMap(({ name, text }) =>
    name === 'ENV' ? [...text.matchAll(/(\w+)=(\S+)/g)].map(([, key, value]) => [key, value] as const) : [],
  ),
)

/** What the environment of a container comes to, with its files here. */
function configWith(config: unknown, env: Readonly<Record<string, string>>): ReturnType<typeof readConfig> {
  const path = join(folder, 'doorward.config.json')
  writeFileSync(path, typeof config === 'string' ? config : JSON.stringify(config))
  const file = join(folder, 'database-url')
  writeFileSync(file, 'postgres://doorward:x@postgres/doorward\n')
  return readConfig(path, {
    DOORWARD_HOST: ofImage.get('DOORWARD_HOST'),
    DOORWARD_PORT: ofImage.get('DOORWARD_PORT'),
    ...env,
    DOORWARD_DATABASE_FILE: file,
  })
}

describe('the chart', () => {
  let program: string
  before(() => {
    program = join(folder, 'render')
    execFileSync('go', ['build', '-o', program, join(ROOT, 'conformance/chart/render.go')], {
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        GO111MODULE: 'off',
        GOPATH: '/usr/share/gocode',
        GOCACHE: join(folder, 'go'),
      },
    })
  })

  function render(values: object, release = 'door'): { made: Map<string, Made>; said: string; status: number | null } {
    const { status, stdout, stderr } = spawnSync(program, [CHART, release], {
      input: JSON.stringify(values),
      encoding: 'utf8',
    })
    const made = new Map<string, Made>()
    for (const text of stdout.split(/^---$/m)) {
      if (!/^# Source: .*\.yaml$/m.test(text)) continue
      for (const document of parseAllDocuments(text)) {
        assert.deepEqual(document.errors, [], text)
        const value = document.toJS() as Made | null
        if (value !== null) made.set(value.kind, value)
      }
    }
    return { made, said: stderr, status }
  }
  // biome-ignore lint/suspicious/noExplicitAny: what a cluster is told has a shape of its own, which the assertions say.
  const of = (made: Map<string, Made>, kind: string): any => made.get(kind)

  test('gives two pods, what keeps one of them up, and all that they name', () => {
    const { made, said, status } = render(VALUES)
    assert.equal(status, 0, said)
    const kinds = ['ConfigMap', 'Deployment', 'PodDisruptionBudget', 'Service', 'ServiceAccount']
    assert.deepEqual([...made.keys()].sort(), kinds)
    const { spec } = of(made, 'Deployment')
    assert.equal(spec.replicas, 2)
    const pod = spec.template.spec
    const labels = spec.template.metadata.labels
    for (const selector of [
      spec.selector.matchLabels,
      of(made, 'Service').spec.selector,
      of(made, 'PodDisruptionBudget').spec.selector.matchLabels,
      pod.topologySpreadConstraints[0].labelSelector.matchLabels,
    ])
      for (const [name, value] of Object.entries(selector)) assert.equal(labels[name], value)
    const [container] = pod.containers
    const ports = container.ports.map(({ name }: { name: string }) => name)
    assert.ok(ports.includes(of(made, 'Service').spec.ports[0].targetPort))
    assert.equal(String(container.ports[0].containerPort), ofImage.get('DOORWARD_PORT'))
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      const { path, port } = container[probe].httpGet
      assert.ok(OWN_PATHS.includes(path.slice(1)) && ports.includes(port), probe)
    }
    assert.equal(
      container.livenessProbe.httpGet.path,
      '/healthz',
      'a database that is down is no reason to start again',
    )
    assert.equal(pod.serviceAccountName, of(made, 'ServiceAccount').metadata.name)
    const volumes = pod.volumes.map(({ name }: { name: string }) => name).sort()
    const mounts = container.volumeMounts.map(({ name }: { name: string }) => name).sort()
    assert.deepEqual(mounts, volumes)
    assert.equal(container.image, 'doorward:0.1.0')
  })

  test('asks for nothing that the restricted profile of Kubernetes forbids, and gets nothing of Kubernetes', () => {
    const pod = of(render(VALUES).made, 'Deployment').spec.template.spec
    const [container] = pod.containers
    const { runAsNonRoot, runAsUser, runAsGroup, seccompProfile } = pod.securityContext
    const user = instructions(readFileSync(join(ROOT, 'deploy/Dockerfile'), 'utf8')).find(({ name }) => name === 'USER')
    assert.equal(user?.text, `${runAsUser}:${runAsGroup}`)
    assert.deepEqual([runAsNonRoot, seccompProfile.type], [true, 'RuntimeDefault'])
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    assert.equal(pod.automountServiceAccountToken, false)
    // A Service named doorward would give every pod DOORWARD_PORT=tcp://….
    assert.equal(pod.enableServiceLinks, false)
    for (const volume of pod.volumes) assert.ok('configMap' in volume || 'secret' in volume || 'emptyDir' in volume)
    for (const shared of ['hostNetwork', 'hostPID', 'hostIPC']) assert.equal(shared in pod, false)
  })

  test('gives the server a configuration that it takes, and pods anew where that changes', () => {
    const { made } = render(VALUES)
    const { spec } = of(made, 'Deployment')
    const [container] = spec.template.spec.containers
    const env = Object.fromEntries(
      container.env.map(({ name, value }: { name: string; value: string }) => [name, value]),
    )
    const config = configWith(of(made, 'ConfigMap').data['doorward.config.json'], env)
    assert.deepEqual([config.issuer, config.host, config.port], ['https://mcp.example.com', '0.0.0.0', 8421])
    assert.deepEqual(config.resources, VALUES.config.resources)
    const mounted = (name: string) =>
      container.volumeMounts.find((mount: { name: string }) => mount.name === name)?.mountPath
    const files = Object.keys(of(made, 'ConfigMap').data).map((file) => `${mounted('config')}/${file}`)
    assert.deepEqual(files, [ofImage.get('DOORWARD_CONFIG')])
    const { items } = spec.template.spec.volumes.find(({ name }: { name: string }) => name === 'secrets').secret
    const secrets = items.map(({ path }: { path: string }) => `${mounted('secrets')}/${path}`)
    assert.deepEqual(secrets.sort(), [env.DOORWARD_DATABASE_FILE, env.DOORWARD_SECRET_FILE].sort())
    const digest = (values: object) =>
      of(render(values).made, 'Deployment').spec.template.metadata.annotations['doorward/config']
    assert.notEqual(digest(VALUES), digest({ ...VALUES, config: { ...VALUES.config, trustedProxies: ['10.0.0.0/8'] } }))
    assert.equal(digest(VALUES), digest({ ...VALUES, replicaCount: 5 }))
  })

  test('leads to the server what clients ask for at the root of the host', () => {
    for (const [issuer, host, paths] of [
      ['https://mcp.example.com', 'mcp.example.com', ['/']],
      ['https://mcp.example.com:8443', 'mcp.example.com', ['/']],
      ['https://example.com/door', 'example.com', ['/door', '/.well-known', '/notes/mcp']],
    ] as const) {
      const { made, said } = render({
        ...VALUES,
        issuer,
        ingress: { enabled: true, className: 'nginx', tlsSecret: 'tls' },
      })
      assert.equal(said, '')
      const { rules, tls, ingressClassName } = of(made, 'Ingress').spec
      assert.equal(rules[0].host, host)
      assert.deepEqual(
        rules[0].http.paths.map(({ path }: { path: string }) => path),
        paths,
      )
      for (const { backend } of rules[0].http.paths)
        assert.deepEqual(backend.service, { name: of(made, 'Service').metadata.name, port: { name: 'http' } })
      assert.deepEqual([tls, ingressClassName], [[{ hosts: [host], secretName: 'tls' }], 'nginx'])
    }
  })

  test('renders with everything set, and without what there is no use for', () => {
    const rule = { to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 5432 }] }
    const { made, said, status } = render(
      {
        ...VALUES,
        replicaCount: 1,
        image: { repository: 'registry.example/doorward', tag: '9' },
        imagePullSecrets: [{ name: 'pull' }],
        networkPolicy: { enabled: true, from: [{ podSelector: {} }], egress: [rule] },
        serviceAccount: { annotations: { a: 'b' } },
        podAnnotations: { c: 'd', 'prometheus.io/scrape': 'false' },
        nodeSelector: { e: 'f' },
        tolerations: [{ operator: 'Exists' }],
        affinity: { nodeAffinity: {} },
      },
      'doorward',
    )
    assert.equal(status, 0, said)
    assert.equal(made.has('PodDisruptionBudget'), false, 'of one pod it would stop every drain')
    const pod = of(made, 'Deployment').spec.template
    assert.equal(of(made, 'Deployment').metadata.name, 'doorward')
    assert.equal(pod.spec.containers[0].image, 'registry.example/doorward:9')
    assert.deepEqual([pod.metadata.annotations.c, pod.metadata.annotations['prometheus.io/scrape']], ['d', 'false'])
    assert.deepEqual([pod.spec.nodeSelector, pod.spec.tolerations], [{ e: 'f' }, [{ operator: 'Exists' }]])
    const policy = of(made, 'NetworkPolicy').spec
    assert.deepEqual(policy.ingress, [{ ports: [{ port: 'http' }], from: [{ podSelector: {} }] }])
    assert.deepEqual(policy.egress[1], rule)
    assert.deepEqual(
      policy.egress[0].ports.map(({ port }: { port: number }) => port),
      [53, 53],
    )
    assert.deepEqual(of(render({ ...VALUES, networkPolicy: { enabled: true } }).made, 'NetworkPolicy').spec.ingress, [
      { ports: [{ port: 'http' }] },
    ])
  })

  test('hands variables, secrets and files of the operator on to the container, beside its own', () => {
    const extraEnv = [
      { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'http://collector.watch.svc:4318' },
      { name: 'OTEL_EXPORTER_OTLP_HEADERS', valueFrom: { secretKeyRef: { name: 'otlp', key: 'headers' } } },
    ]
    const extraVolumes = [{ name: 'authority', configMap: { name: 'postgres-authority' } }]
    const extraVolumeMounts = [{ name: 'authority', mountPath: '/etc/postgres', readOnly: true }]
    const { made, said } = render({ ...VALUES, extraEnv, extraVolumes, extraVolumeMounts })
    assert.equal(said, '')
    const pod = of(made, 'Deployment').spec.template.spec
    const [container] = pod.containers
    const [plain] = of(render(VALUES).made, 'Deployment').spec.template.spec.containers
    assert.deepEqual(container.env, [...plain.env, ...extraEnv])
    assert.deepEqual(container.volumeMounts, [...plain.volumeMounts, ...extraVolumeMounts])
    assert.deepEqual(pod.volumes.slice(-1), extraVolumes)
  })

  test('lets Prometheus read the numbers of each worker, and by the policy nobody else', () => {
    const metricsFrom = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'watch' } } }]
    const numbers = (config: object, networkPolicy: object = { enabled: true, metricsFrom }) =>
      render({ ...VALUES, config: { ...VALUES.config, metrics: { port: 9421 }, ...config }, networkPolicy })
    const { made, said } = numbers({})
    assert.equal(said, '')
    const { template } = of(made, 'Deployment').spec
    assert.deepEqual(template.spec.containers[0].ports.slice(1), [{ name: 'metrics', containerPort: 9421 }])
    const { 'doorward/config': _, ...annotations } = template.metadata.annotations
    assert.deepEqual(annotations, {
      'prometheus.io/scrape': 'true',
      'prometheus.io/path': '/metrics',
      'prometheus.io/port': '9421',
    })
    const policy = of(made, 'NetworkPolicy').spec.ingress
    assert.deepEqual(policy, [{ ports: [{ port: 'http' }] }, { ports: [{ port: 9421 }], from: metricsFrom }])
    const config = configWith(of(made, 'ConfigMap').data['doorward.config.json'], { DOORWARD_ISSUER: VALUES.issuer })
    assert.deepEqual(config.metrics, { port: 9421, host: '0.0.0.0' })

    const three = numbers({ workers: 3 }).made
    const names = of(three, 'Deployment').spec.template.spec.containers[0].ports.slice(1)
    assert.deepEqual(
      names.map(({ name, containerPort }: { name: string; containerPort: number }) => [name, containerPort]),
      [
        ['metrics', 9421],
        ['metrics-2', 9422],
        ['metrics-3', 9423],
      ],
    )
    assert.deepEqual(of(three, 'NetworkPolicy').spec.ingress[1].ports, [{ port: 9421, endPort: 9423 }])

    assert.match(numbers({}, { enabled: true }).said, /metricsFrom is missing; say who/)
    assert.match(numbers({ workers: 'auto' }).said, /workers is auto, .* say how many/)
    const bare = of(render(VALUES).made, 'Deployment').spec.template
    assert.deepEqual(Object.keys(bare.metadata.annotations), ['doorward/config'])
    assert.equal(bare.spec.containers[0].ports.length, 1)
  })

  test('waits for a pod that stops as long as it may take', () => {
    for (const [drainSeconds, seconds] of [
      [undefined, AT_LEAST_SECONDS + 1],
      [0, AT_LEAST_SECONDS],
      [0.5, AT_LEAST_SECONDS + 1],
      [300, AT_LEAST_SECONDS + 300],
    ] as const) {
      const drain = drainSeconds === undefined ? {} : { drainSeconds }
      const { made } = render({ ...VALUES, config: { ...VALUES.config, ...drain } })
      assert.equal(of(made, 'Deployment').spec.template.spec.terminationGracePeriodSeconds, seconds)
    }
  })

  test('leads to the port that asks for certificates, where there is one', () => {
    const tls = { certificate: '/etc/tls/tls.crt', key: '/etc/tls/tls.key' }
    const config = { ...VALUES.config, tls, mtls: { port: 8443, authorities: ['/etc/tls/partners.pem'] } }
    const { made } = render({ ...VALUES, config, networkPolicy: { enabled: true } })
    const [container] = of(made, 'Deployment').spec.template.spec.containers
    assert.deepEqual(container.ports[1], { name: 'mtls', containerPort: 8443 })
    assert.deepEqual(of(made, 'Service').spec.ports[1], { name: 'mtls', port: 8443, targetPort: 'mtls' })
    assert.deepEqual(of(made, 'NetworkPolicy').spec.ingress, [{ ports: [{ port: 'http' }, { port: 'mtls' }] }])
  })

  test('asks by https how a pod is where TLS ends there', () => {
    for (const [config, scheme] of [
      [VALUES.config, undefined],
      [{ ...VALUES.config, tls: { certificate: '/etc/tls/tls.crt', key: '/etc/tls/tls.key' } }, 'HTTPS'],
    ] as const) {
      const [container] = of(render({ ...VALUES, config }).made, 'Deployment').spec.template.spec.containers
      for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'])
        assert.equal(container[probe].httpGet.scheme, scheme, probe)
    }
  })

  test('refuses values that cannot work, by its schema and where it needs them', () => {
    const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8'))
    const check = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true }).compile({
      ...schema,
      $schema: undefined,
    })
    const defaults = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8'))
    const all: object = { ...defaults, ...VALUES }
    assert.ok(check(all), JSON.stringify(check.errors))
    for (const key of Object.keys(defaults)) assert.ok(key in schema.properties, `${key} is not in the schema`)
    for (const wrong of [
      { issuer: '' },
      { issuer: 'http://mcp.example.com' },
      { issuer: 'https://mcp.example.com/' },
      { config: {} },
      { config: { resources: [] } },
      { config: { ...VALUES.config, database: 'postgres://u:secret@h/d' } },
      { existingSecret: { name: '' } },
      { replicaCount: 0 },
      { replicas: 2 },
      { image: { tag: 1 } },
      { config: { ...VALUES.config, drainSeconds: 301 } },
      { config: { ...VALUES.config, metrics: { port: 0 } } },
      { config: { ...VALUES.config, metrics: { port: 8421 } } },
      { extraEnv: [{ value: 'x' }] },
      { extraEnv: [{ name: 'OTEL_METRIC_EXPORT_INTERVAL', value: 1000 }] },
      { extraEnv: [{ name: 'DOORWARD_DATABASE', value: 'postgres://u:secret@h/d' }] },
      { extraVolumes: [{ name: 'secrets', emptyDir: {} }] },
      { extraVolumeMounts: [{ name: 'authority' }] },
      { extraVolumeMounts: [{ name: 'authority', mountPath: '/etc/doorward/authority.pem' }] },
    ])
      assert.equal(check({ ...all, ...wrong }), false, JSON.stringify(wrong))
    for (const key of ['issuer', 'existingSecret'] as const) {
      const { status, said } = render({ ...VALUES, [key]: key === 'issuer' ? '' : { name: '' } })
      assert.notEqual(status, 0)
      assert.match(said, /is missing; (set|make)/)
    }
  })
})

test('the compose file gives the image all that it needs, by files, and waits for the database', () => {
  // biome-ignore lint/suspicious/noExplicitAny: a file of Compose, which the assertions say the shape of.
  const compose: any = parse(readFileSync(join(ROOT, 'deploy/compose.yaml'), 'utf8'))
  const { doorward, postgres } = compose.services
  assert.equal(join(ROOT, 'deploy', doorward.build.context, doorward.build.dockerfile), join(ROOT, 'deploy/Dockerfile'))
  assert.deepEqual(
    [doorward.read_only, doorward.cap_drop, doorward.security_opt],
    [true, ['ALL'], ['no-new-privileges:true']],
  )
  assert.equal(doorward.depends_on.postgres.condition, 'service_healthy')
  assert.deepEqual(postgres.healthcheck.test.slice(0, 4), ['CMD', 'pg_isready', '--host', '127.0.0.1'])
  for (const service of [doorward, postgres]) {
    for (const name of service.secrets) assert.ok(compose.secrets[name].file.startsWith('./secrets/'), name)
    for (const value of Object.values<string>(service.environment))
      if (value.startsWith('/run/secrets/'))
        assert.ok(service.secrets.includes(value.slice('/run/secrets/'.length)), value)
  }
  const [, target] = doorward.volumes[0].split(':')
  assert.equal(target, ofImage.get('DOORWARD_CONFIG'))
  assert.equal(doorward.ports[0].split(':').at(-1), ofImage.get('DOORWARD_PORT'))
  const env = { ...doorward.environment, DOORWARD_ISSUER: 'https://mcp.example.com' }
  assert.equal(configWith(VALUES.config, env).database, 'postgres://doorward:x@postgres/doorward')
  assert.ok(Number.parseInt(doorward.stop_grace_period, 10) >= AT_LEAST_SECONDS + DRAIN_SECONDS)
  const ignored = readFileSync(join(ROOT, '.gitignore'), 'utf8')
  for (const path of ['deploy/secrets/', 'deploy/doorward.config.json']) assert.ok(ignored.includes(path), path)
})

const OPENED = /^```ini\n(\[Service\]\nPrivateUsers=no\n.*?)```$/ms.exec(
  readFileSync(join(ROOT, 'docs/deployment.md'), 'utf8'),
)?.[1]
for (const [how, more] of [
  ['as it is', ''],
  ['with port 443 opened as the documentation says', OPENED],
] as const) {
  test(`the unit of systemd, ${how}, is one, and leaves little that a hole in the server would open`, () => {
    assert.ok(more !== undefined)
    const unit = readFileSync(join(ROOT, 'deploy/systemd/doorward.service'), 'utf8')
    assert.ok(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1]) >= AT_LEAST_SECONDS + DRAIN_SECONDS)
    const units = mkdtempSync(join(folder, 'units-'))
    const path = join(units, 'doorward.service')
    // The program lies where the tests are, and has to be there.
    writeFileSync(path, unit.replace('/usr/local/bin/doorward', process.execPath))
    mkdirSync(`${path}.d`)
    writeFileSync(join(`${path}.d`, 'override.conf'), more)
    const verified = spawnSync('systemd-analyze', ['verify', '--man=no', path], { encoding: 'utf8' })
    const about = verified.stderr.split('\n').filter((line) => line.includes('doorward.service'))
    assert.deepEqual([verified.status, about], [0, []], verified.stderr)
    const security = ['security', '--offline=yes', `--threshold=${MOST_EXPOSURE}`, '--no-pager', path]
    const judged = spawnSync('systemd-analyze', security, { encoding: 'utf8' })
    assert.equal(judged.status, 0, judged.stdout + judged.stderr)
    assert.equal(/Service has elevated networking privileges/.test(judged.stdout), more !== '', 'what was added counts')
  })
}

test('every file of the deployment is looked at here, or by the tests of operations', () => {
  const looked = globSync('**/*', { cwd: join(ROOT, 'deploy'), withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('/helm/') && !entry.parentPath.endsWith('/secrets'))
    .map(({ name }) => name)
  assert.deepEqual(looked.filter((name) => name !== 'doorward.config.json').sort(), [
    'Dockerfile',
    'compose.yaml',
    'doorward.service',
    'grafana-dashboard.json',
    'prometheus-rules.yaml',
  ])
})
