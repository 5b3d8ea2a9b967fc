/** Reads what a request for a playlist of a range asks: `from`, `to`, and `define=1` of clients that expand variables. */
import { checkedRange, knownCamera, optionalTime, requiredTime } from "./query.ts";
import { LONGEST_MS, type RangeRequest } from "./range_playlists.ts";

/**
 * Throws a 400 for a malformed range, a 404 for an unknown camera. `open`: without `to` the range goes on to now.
 */
export async function rangeRequest(
  id: string,
  query: URLSearchParams,
  { open }: { open: boolean },
): Promise<RangeRequest> {
  const startMs = requiredTime(query, "from");
  const endMs = open ? optionalTime(query, "to") : requiredTime(query, "to");
  const range = checkedRange(startMs, endMs ?? Math.max(Date.now(), startMs + 1), LONGEST_MS);
  return { cameraId: await knownCamera(id), range, variables: query.get("define") === "1" };
}
