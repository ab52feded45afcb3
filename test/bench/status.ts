import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { createObserver } from '../../src/cluster/observe'
import { loadConfig } from '../../src/config/load'
import { statusAnswer, statusOf } from '../../src/diagnosis/status/status'
import { startCluster, type LabCluster } from '../lab/cluster'
import { configFileOf } from './config-file'
import { against, figuresText, say, timed } from './timing'

const run = promisify(execFile)

/** `status` of a warm bot beside what people type today, on one real cluster; then with a member paused. */
export const benchStatus = async (): Promise<void> => {
  say(
    'status: a warm bot beside etcdctl endpoint status + endpoint health + a curl /metrics for each member',
  )
  const lab = await startCluster({ members: 3 })
  const observer = createObserver()
  try {
    const [cluster] = loadConfig(configFileOf(lab), {}).clusters
    if (cluster === undefined) throw new Error('Cannot bench: the lab has no cluster')
    const ask = async () =>
      statusAnswer(
        statusOf(await observer.observe(cluster, Date.now()), cluster.settings, cluster.limits),
        cluster.title,
      )
    const ours = await timed(200, 20, ask)
    const theirs = await timed(10, 2, () => byHand(lab))
    say(`  stormwatch ${figuresText(ours)}`)
    say(`  by hand    ${figuresText(theirs)}`)
    against('ours / by hand', {
      value: ours.median / theirs.median,
      target: 'at most 0.1',
      unit: '×',
    })
    await lab.pause(1)
    const paused = await timed(3, 1, ask)
    lab.resume(1)
    against('one member paused, slowest answer', {
      value: paused.max,
      target: 'at most 2500',
      unit: 'ms',
    })
  } finally {
    await observer.close()
    await lab.close()
  }
}

const byHand = async (lab: LabCluster): Promise<void> => {
  await lab.etcdctl(['endpoint', 'status', '--cluster', '-w', 'table'])
  await lab.etcdctl(['endpoint', 'health', '--cluster'])
  for (const endpoint of lab.endpoints)
    await run('curl', ['-s', '-o', '/dev/null', `${endpoint}/metrics`])
}
