/**
 * Takes credentials out of text that is going to be seen: the user info of any URL, and the values of query
 * parameters that are secrets by name. FFmpeg prints the camera's address in many of its messages; on the way
 * to a log or an error it passes through here.
 */

const USER_INFO = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi;
const SECRET_PARAMETER = /([?&;](?:password|passwd|pass|pwd|token|secret|key|signature|auth)=)[^&;\s"']*/gi;

export function redact(text: string): string {
  return text.replace(USER_INFO, "$1***@").replace(SECRET_PARAMETER, "$1***");
}
