import { connect, type Socket } from 'node:net';

export interface Reply {
  status: number;
  /** Status line and headers, as they came. */
  head: string;
  body: string;
}

/**
 * One HTTP/1.1 connection with one request at a time. Node's own clients cost several times as much for each request, which
 * a load that shares its machine with what it measures would take away from that.
 */
export class HttpClient {
  /** `performance.now()` at its last reply. */
  usedAt = performance.now();
  private socket: Socket | undefined;
  private received: Buffer[] = [];
  /** Bytes that are to come; known once the head is there. */
  private missing = 0;
  private head = '';
  private answer: ((reply: Reply | null) => void) | null = null;
  private readonly url: URL;

  constructor(url: string | URL) {
    this.url = new URL(url);
  }

  /** @param answer gets the reply, or null when the connection breaks before it is there */
  get(path: string, answer: (reply: Reply | null) => void): void {
    this.answer = answer;
    this.socket ??= this.open();
    this.socket.write(`GET ${path} HTTP/1.1\r\nHost: ${this.url.host}\r\n\r\n`);
  }

  /** The next request opens it again. */
  close(): void {
    this.socket?.removeAllListeners('close').destroy();
    this.socket = undefined;
  }

  private open(): Socket {
    const socket = connect({ port: Number(this.url.port), host: this.url.hostname, noDelay: true });
    socket.on('data', (chunk) => this.take(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.socket = undefined;
      this.settle(null);
    });
    return socket;
  }

  private take(chunk: Buffer): void {
    this.received.push(chunk);
    this.missing -= chunk.length;
    if (this.head === '' && !this.readHead()) return;
    if (this.missing > 0) return;
    const body = Buffer.concat(this.received).toString('utf8', this.head.length);
    this.settle({ status: Number(this.head.slice(9, 12)), head: this.head, body });
  }

  private readHead(): boolean {
    const text = Buffer.concat(this.received).toString('latin1');
    const end = text.indexOf('\r\n\r\n') + 4;
    if (end < 4) return false;
    this.head = text.slice(0, end);
    const length = /^content-length: (\d+)/im.exec(this.head)?.[1];
    if (length === undefined) throw new Error(`an answer without content-length:\n${this.head}`);
    this.missing = end + Number(length) - text.length;
    return true;
  }

  private settle(reply: Reply | null): void {
    const { answer } = this;
    this.answer = null;
    this.received = [];
    this.head = '';
    answer?.(reply);
  }
}
