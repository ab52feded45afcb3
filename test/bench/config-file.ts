import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LabCluster } from '../lab/cluster'

/** Writes a configuration of a plain lab cluster into its folder. Returns the file. */
export const configFileOf = (lab: LabCluster): string => {
  const file = join(lab.folder, 'clusters.yaml')
  writeFileSync(file, `clusters:\n  lab:\n    endpoints: [${lab.endpoints.join(', ')}]\n`)
  return file
}
