import { expect, test } from '@jest/globals'
import { CASES, lint, manifests, ofKind, rendered, type Manifest } from './helm'
import { kubernetesSchemas } from './kubernetes'

const names = Object.keys(CASES)

test.each(names)('helm lint --strict has nothing to say about %s', (name) => {
  expect(lint(name)).toContain('0 chart(s) failed')
})

test.each(names)('the objects of %s are what Kubernetes takes', (name) => {
  const check = kubernetesSchemas()
  const all = manifests(name)
  const mistakes = all.flatMap((one) => check(one)?.map((text) => `${one.kind}: ${text}`) ?? [])
  expect(mistakes).toEqual([])
  const unknown = all.filter((one) => check(one) === undefined).map(({ kind }) => kind)
  expect(unknown.filter((kind) => !['ServiceMonitor', 'PrometheusRule'].includes(kind))).toEqual([])
})

test('the check of the objects finds a key that Kubernetes does not know', () => {
  const check = kubernetesSchemas()
  const [deployment] = ofKind(manifests('socket'), 'Deployment')
  expect(check({ ...deployment, spec: { ...specOf(deployment), replica: 2 } } as Manifest)).toEqual(
    [expect.stringContaining('"additionalProperty":"replica"')],
  )
})

type Container = Readonly<Record<string, unknown>> & {
  readonly env: readonly { readonly name: string; readonly value: string }[]
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
}
type PodSpec = Readonly<Record<string, unknown>> & { readonly containers: readonly Container[] }
type Spec = { readonly replicas: number; readonly template: { readonly spec: PodSpec } }

const specOf = (manifest: Manifest | undefined): Spec => manifest?.['spec'] as Spec
const podOf = (all: readonly Manifest[]): PodSpec =>
  specOf(ofKind(all, 'Deployment')[0]).template.spec
const annotationsOf = (text: readonly Manifest[]): Record<string, string> => {
  const { template } = specOf(ofKind(text, 'Deployment')[0]) as unknown as {
    template: { metadata: { annotations: Record<string, string> } }
  }
  return template.metadata.annotations
}

test.each(names)('the pods of %s pass Pod Security’s restricted level', (name) => {
  const pod = podOf(manifests(name))
  expect(pod).toMatchObject({
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  })
  for (const word of ['hostNetwork', 'hostPID', 'hostIPC']) expect(pod[word]).toBeUndefined()
  expect(pod.containers).toHaveLength(1)
  expect(pod.containers[0]).toMatchObject({
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  })
})

test('two replicas are spread, probed, and one of them survives a drain', () => {
  const all = manifests('socket')
  const [deployment] = ofKind(all, 'Deployment')
  expect(specOf(deployment).replicas).toBe(2)
  expect(podOf(all)['topologySpreadConstraints']).toEqual([
    expect.objectContaining({ topologyKey: 'kubernetes.io/hostname' }),
    expect.objectContaining({ topologyKey: 'topology.kubernetes.io/zone' }),
  ])
  expect(podOf(all).containers[0]).toMatchObject({
    livenessProbe: { httpGet: { path: '/healthz', port: 'metrics' } },
    readinessProbe: { httpGet: { path: '/readyz', port: 'metrics' } },
    ports: [{ name: 'metrics', containerPort: 9402 }],
  })
  expect(ofKind(all, 'PodDisruptionBudget')[0]).toMatchObject({ spec: { minAvailable: 1 } })
  expect(ofKind(manifests('one-replica'), 'PodDisruptionBudget')).toEqual([])
})

test('rights are those of reading pod logs, where a cluster asks for them, and else there are none', () => {
  for (const name of names.filter((one) => !['kubeadm', 'everything-on'].includes(one))) {
    const all = manifests(name)
    expect(all.filter(({ kind }) => kind.includes('Role'))).toEqual([])
    expect(podOf(all)['automountServiceAccountToken']).toBe(false)
  }
  const all = manifests('everything-on')
  expect(ofKind(all, 'ClusterRole')).toEqual([])
  expect(ofKind(all, 'Role').map(({ metadata, rules }) => [metadata.namespace, rules])).toEqual([
    [
      'etcd-prod', // the cluster with a kubeconfig of its own needs nothing here
      [
        { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
        { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
      ],
    ],
  ])
  expect(podOf(all)['automountServiceAccountToken']).toBe(true)
})

test('secrets are files: none is in a ConfigMap, none in the environment', () => {
  const variables = names.flatMap((name) => podOf(manifests(name)).containers[0]?.env ?? [])
  const secret = variables.filter((one) => /TOKEN|SECRET|PASSWORD|URL/.test(one.name))
  expect(secret.filter((one) => !one.name.endsWith('_FILE'))).toEqual([])
  expect(secret.length).toBeGreaterThan(20)
  const tokens = { botToken: 'xoxb-canary', appToken: 'xapp-canary', signingSecret: 'canary' }
  const all = manifests('one-replica', { slack: { trial: tokens } })
  const holders = all.filter((one) => JSON.stringify(one).includes('canary'))
  expect(holders.map(({ kind }) => kind)).toEqual(['Secret'])
})

test('every file that the environment names lies in a mounted folder', () => {
  for (const name of names) {
    const { env = [], volumeMounts = [] } = podOf(manifests(name)).containers[0] ?? {}
    const folders = volumeMounts.map(({ mountPath }) => mountPath)
    for (const { name: variable, value } of env.filter((one) => one.name.endsWith('_FILE')))
      expect([variable, folders]).toEqual([
        variable,
        expect.arrayContaining([value.replace(/\/[^/]+$/, '')]),
      ])
  }
})

test.each([
  ['socket', ['REDIS_URL_FILE', 'SLACK_APP_TOKEN_FILE', 'SLACK_BOT_TOKEN_FILE']],
  ['http', ['REDIS_URL_FILE', 'SLACK_BOT_TOKEN_FILE', 'SLACK_SIGNING_SECRET_FILE']],
  ['tls', ['REDIS_PASSWORD_FILE', 'SLACK_APP_TOKEN_FILE', 'SLACK_BOT_TOKEN_FILE']],
  [
    'sentinel',
    [
      'REDIS_PASSWORD_FILE',
      'REDIS_SENTINEL_PASSWORD_FILE',
      'SLACK_APP_TOKEN_FILE',
      'SLACK_BOT_TOKEN_FILE',
    ],
  ],
  ['cluster-redis', ['SLACK_APP_TOKEN_FILE', 'SLACK_BOT_TOKEN_FILE']],
])('%s gets the secrets of its mode and no others', (name, secrets) => {
  const { env = [] } = podOf(manifests(name)).containers[0] ?? {}
  expect(
    env
      .map((one) => one.name)
      .filter((one) => one.endsWith('_FILE'))
      .toSorted(),
  ).toEqual(secrets)
})

test('what Slack reaches is there in HTTP mode only, and it is one path', () => {
  for (const name of names.filter((one) => !['http', 'everything-on'].includes(one))) {
    expect(ofKind(manifests(name), 'Ingress')).toEqual([])
    expect(ofKind(manifests(name), 'Service')).toHaveLength(1)
  }
  const [ingress] = ofKind(manifests('http'), 'Ingress')
  expect(JSON.stringify(ingress)).toContain(
    '{"path":"/slack/events","pathType":"Exact","backend":{"service":{"name":"release-stormwatch","port":{"name":"slack"}}}}',
  )
  const services = ofKind(manifests('everything-on'), 'Service')
  expect(services.map(({ spec }) => spec)).toEqual([
    expect.objectContaining({
      type: 'ClusterIP',
      ports: [expect.objectContaining({ port: 9402 })],
    }),
    expect.objectContaining({
      type: 'LoadBalancer',
      ports: [expect.objectContaining({ port: 8443 })],
    }),
  ])
})

type Rule = {
  readonly to?: readonly { readonly ipBlock?: { readonly cidr: string } }[]
  readonly ports: readonly { readonly port: number }[]
}

type Policy = { readonly spec: { readonly egress: readonly Rule[] } }

const egressOf = (name: string): readonly string[] => {
  const [policy] = ofKind(manifests(name), 'NetworkPolicy') as unknown as readonly [Policy]
  return policy.spec.egress.map(
    ({ to, ports }) =>
      `${to?.map(({ ipBlock }) => ipBlock?.cidr ?? 'pods').join(' ') ?? 'anywhere'}: ${ports.map(({ port }) => port).join(' ')}`,
  )
}

test('the pods may reach what the configuration names, and nothing else', () => {
  const always = ['pods 169.254.20.10/32: 53 53', '0.0.0.0/0 ::/0: 443']
  expect(egressOf('tls')).toEqual([
    ...always,
    '10.1.0.1/32: 2379',
    'fd00::2/128: 2379',
    '10.9.0.0/24: 2379 2381', // host names, at the peers that networkPolicy.etcd.to names
    '10.2.0.9/32: 6380',
  ])
  expect(egressOf('sentinel')).toEqual([
    ...always,
    '10.0.0.1/32: 2379',
    '10.3.0.3/32: 26379',
    'anywhere: 26379',
    'anywhere: 6379',
  ])
  expect(egressOf('cluster-redis')).toEqual([
    ...always,
    '10.0.0.1/32: 2379',
    '10.0.0.1/32: 9978',
    '10.3.0.1/32: 6379',
    '10.3.0.2/32: 6379',
  ])
  expect(egressOf('kubeadm')).toEqual([
    ...always,
    '192.0.2.11/32: 2379',
    '192.0.2.12/32: 2379',
    '192.0.2.13/32: 2379',
    'anywhere: 6379',
    'anywhere: 443 6443',
  ])
})

test('a changed configuration changes the checksum, and nothing else does', () => {
  const before = annotationsOf(manifests('socket'))['checksum/config']
  const same = annotationsOf(manifests('socket', { replicaCount: 3 }))['checksum/config']
  const other = manifests('socket', { config: { watch: { every: '30s' } } })
  expect(same).toBe(before)
  expect(annotationsOf(other)['checksum/config']).not.toBe(before)
})

test.each([
  [{ slack: { existingSecret: '' } }, 'kubectl create secret generic stormwatch-slack'],
  [{ slack: { trial: { botToken: 'xoxb-1' } } }, 'have both'],
  [{ redis: { existingSecret: '' } }, '2 replicas need a Redis'],
  [{ ingress: { enabled: true, host: 'h' } }, 'in Socket Mode nothing is to be reached'],
  [
    { config: { slack: { mode: 'http' } }, ingress: { enabled: true } },
    'need the public host name',
  ],
  [{ secretMounts: [{ name: 'slack', secretName: 'x' }] }, 'the name slack is taken'],
  [
    { config: { clusters: { prod: { tls: { ca: '/etc/stormwatch/secrets/typo/ca.crt' } } } } },
    'secretMounts has no typo',
  ],
  [{ replicas: 2 }, "additional properties 'replicas' not allowed"],
  [{ config: { clusters: { prod: { endpoint: 'x' } } } }, "additional properties 'endpoint'"],
  [
    { config: { clusters: { prod: { auth: { username: 'u', password: 'p' } } } } },
    "additional properties 'password'",
  ],
  [{ image: { digest: 'latest' } }, 'does not match pattern'],
])('%j is refused: %s', (more, want) => {
  expect(() => rendered('socket', more)).toThrow(want)
})

test('without values the chart says what it needs first', () => {
  expect(() => rendered('no case')).toThrow('config.clusters: need at least 1 cluster, have none')
})

test('Prometheus calls the job stormwatch, whatever the release is called', () => {
  const all = manifests('everything-on')
  const [monitor] = ofKind(all, 'ServiceMonitor') as unknown as readonly [Monitor]
  const { jobLabel, selector } = monitor.spec
  const found = ofKind(all, 'Service')
    .map(({ metadata }) => (metadata as { labels?: Labels }).labels ?? {})
    .filter((labels) =>
      Object.entries(selector.matchLabels).every(([key, value]) => labels[key] === value),
    )
  expect(found.map((labels) => labels[jobLabel])).toEqual(['stormwatch'])
})

type Labels = Readonly<Record<string, string>>
type Monitor = {
  readonly spec: { readonly jobLabel: string; readonly selector: { readonly matchLabels: Labels } }
}
