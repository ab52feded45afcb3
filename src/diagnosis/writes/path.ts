/**
 * A key as parts that lie below each other, by its first bytes as latin1 text, one character a byte.
 *
 * Kubernetes' keys become [root, resource, namespace, name] whatever their spelling: the namespace is empty for what has
 * none, and a custom resource carries its group (`ciliumendpoints.cilium.io`). Other keys are split behind each `/`, so
 * that the parts joined are a prefix again.
 */
export const pathOf = (key: string): readonly string[] => {
  const [, root, rest] = KUBERNETES.exec(key) ?? []
  if (root !== undefined && rest !== undefined) return [root, ...kubernetesPath(rest)]
  return plainPath(key)
}

/** Roots under which Kubernetes and OpenShift keep their objects. */
export const isKubernetes = (root: string | undefined): boolean =>
  root !== undefined && KUBERNETES.test(`${root}x`)

const KUBERNETES = /^(\/(?:registry|kubernetes\.io|openshift\.io)\/)(.+)$/s

const DEPTH_MOST = 8

const plainPath = (key: string): readonly string[] => {
  const parts = key.match(/^\/?[^/]*\/?|[^/]*\/|[^/]+$/g)?.filter((part) => part !== '') ?? []
  return parts.slice(0, DEPTH_MOST)
}

/** Resources that lie under two names, or under an old one. */
const OLD_NAMES: ReadonlyMap<string, string> = new Map([
  ['services/specs', 'services'],
  ['services/endpoints', 'endpoints'],
  ['minions', 'nodes'],
  ['controllers', 'replicationcontrollers'],
  ['oauth/accesstokens', 'oauthaccesstokens'],
  ['oauth/authorizetokens', 'oauthauthorizetokens'],
])

const kubernetesPath = (rest: string): readonly string[] => {
  const { resource, below } = resourceOf(rest.split('/'))
  if (below.length === 0) return [resource]
  if (below.length === 1) return [resource, '', ...below]
  const [namespace = '', ...name] = below
  return [resource, namespace, name.join('/')]
}

type Placed = { readonly resource: string; readonly below: readonly string[] }

const resourceOf = ([first = '', second, ...others]: readonly string[]): Placed => {
  if (second === undefined) return { resource: first, below: [] }
  const old = OLD_NAMES.get(`${first}/${second}`)
  if (old !== undefined) return { resource: old, below: others }
  // a group has a dot and a resource has none
  if (first.includes('.') && others.length > 0)
    return { resource: `${second}.${first}`, below: others }
  return { resource: OLD_NAMES.get(first) ?? first, below: [second, ...others] }
}
