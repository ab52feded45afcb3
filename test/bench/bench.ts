import { benchAck } from './ack'
import { benchParser } from './parser'
import { benchStatus } from './status'

/** `npm run bench`: prints speed and memory beside their targets. A figure decides nothing; the reader does. */
const main = async (): Promise<void> => {
  benchParser()
  await benchStatus()
  await benchAck()
}

void main()
