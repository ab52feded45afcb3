/** The little of `ws` that the fake of Slack's socket uses; its types are a package of their own. */
declare module 'ws' {
  import type { EventEmitter } from 'node:events'

  export class WebSocket extends EventEmitter {
    send(text: string): void
    close(): void
    terminate(): void
  }

  export class WebSocketServer extends EventEmitter {
    constructor(options: { readonly port: number; readonly host: string })
    address(): { readonly port: number }
    close(done: () => void): void
  }
}
