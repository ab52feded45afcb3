import { expect, test } from '@jest/globals'
import type { Answer } from '../../src/diagnosis/answer'
import { markdownAnswer } from '../../src/terminal/markdown'

const answer = (over: Partial<Answer> = {}): Answer => ({
  at: 0,
  state: undefined,
  severity: 'ok',
  headline: 'Handoff of prod: quiet.',
  facts: [],
  tables: [],
  findings: [],
  unseen: [],
  action: undefined,
  json: {},
  ...over,
})

test('titles are bold, the next step is code, a table is one that mail clients draw', () => {
  const text = markdownAnswer(
    answer({
      facts: ['Watch: prod is unsettled.'],
      unseen: ['m3 of prod'],
      action: { say: 'Start here:', ask: 'diagnose prod' },
      tables: [
        {
          title: 'Clusters',
          columns: [
            { title: 'Cluster', align: 'left' },
            { title: 'Elections', align: 'right' },
            { title: 'Usual', align: 'right' },
          ],
          rows: [[{ text: 'prod' }, { text: '3' }, { text: '' }]],
        },
      ],
    }),
  )
  expect(text).toBe(
    [
      '## Handoff of prod: quiet.',
      '',
      '- **Watch:** prod is unsettled.',
      '',
      '**Not seen**',
      '',
      '- m3 of prod',
      '',
      '**Next:** Start here: `stormwatch diagnose prod`',
      '',
      '**Clusters**',
      '',
      '| Cluster | Elections |',
      '| --- | ---: |',
      '| prod | 3 |',
      '',
    ].join('\n'),
  )
})

test('a note is text: it forges no heading, link, row or tag', () => {
  const text = markdownAnswer(
    answer({ facts: ['Notes: prod “a | b\n# c [x](http://y) <img> `z`”.'] }),
  )
  expect(text).toContain('- **Notes:** prod “a \\| b \\# c \\[x\\](http://y) \\<img\\> \\`z\\`”.')
})
