/** Whether only processes of this machine reach what listens on this host: `localhost`, 127.0.0.0/8 or ::1. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);
}
