import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { jsonSchema } from '../../src/config/load'
import { packageRoot } from '../../src/package'

/** `npm run schema`: writes config/config.schema.json anew. A test says when that is due. */
writeFileSync(
  join(packageRoot(), 'config', 'config.schema.json'),
  `${JSON.stringify(jsonSchema(), undefined, 2)}\n`,
)
