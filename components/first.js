// Stands in the head of every page, as it is: a lab's connection is opened before any other script has come.
// `live.jsx` takes it over, with what has arrived by then.
// Where several processes serve, the name that Reflex gives the tab begins with its room: what a visitor
// does reaches the process that has it.
(() => {
  const BETWEEN_MOVES = 10_000; // milliseconds: a room that moves at the same time is not run after for ever
  let kept;
  try {
    kept = window.sessionStorage;
    kept.getItem("token");
  } catch {
    return; // a page that may keep nothing is served by the later script, or not at all
  }
  const named = (room, anew) => {
    if (!room || room === "own" || (!anew && kept.getItem("token"))) return; // its name has a state
    const numbers = crypto.getRandomValues(new Uint32Array(4));
    kept.setItem("token", `${room}.${Array.from(numbers, (one) => one.toString(36)).join("-")}`);
  };
  // A room that another process has: the page is opened once more, and connects to that one.
  window.sdlabMove = (room) => {
    if (Date.now() - Number(kept.getItem("sdlab_moved")) < BETWEEN_MOVES) return;
    named(room, true);
    kept.setItem("sdlab_moved", Date.now());
    location.reload();
  };
  const room = kept.getItem("sdlab_room") ?? "";
  const inPath = /^\/(?:teach|taught)\/([a-z2-7]{24})/.exec(location.pathname)?.[1];
  const said = inPath || new URLSearchParams(location.search).get("room");
  named(said || room, said && !kept.getItem("token")?.startsWith(`${said}.`));

  const lab = /^\/labs\/([^/]+)/.exec(location.pathname)?.[1];
  if (!lab) return;
  const query = new URLSearchParams({ lab, room, changes: 1, visit: location.search.slice(1) });
  const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/live?${query}`);
  const messages = [];
  socket.onmessage = (message) => {
    if (!messages.length) named(JSON.parse(message.data).room);
    messages.push(message.data);
  };
  window.sdlabFirst = { lab, socket, messages };
})();
