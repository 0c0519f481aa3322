/** The metrics in a PromQL expression: what is left of it without labels, durations, functions and words of the language. */
export function metricsIn(expr: string): string[] {
  const bare = expr
    .replaceAll(/"[^"]*"|\{[^}]*\}|\[[^\]]*\]/g, '')
    .replaceAll(/\b(?:by|on|without|ignoring|group_left|group_right) *\([^)]*\)/g, '')
    .replaceAll(/\b(?:and|or|unless|offset|bool)\b/g, '');
  return bare.match(/\b[a-z_][\w:]*\b(?! *\()/g) ?? [];
}
