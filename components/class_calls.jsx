// What a tab of a class says to the server.
import { apiUrl } from "$/public/external/components/live/live.jsx";

/** One call of a class; throws with the server's own words. */
export async function callClass(path, method, body) {
  const headers = body ? { "Content-Type": "application/json" } : {};
  const answer = await fetch(apiUrl(`/api/classes${path}`), {
    method,
    headers,
    body: body && JSON.stringify(body),
  });
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const problem = await answer.json().catch(() => ({}));
  throw new Error(problem.detail ?? `the server answered ${answer.status}`);
}
