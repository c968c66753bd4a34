// Stands in the head of every page, as it is: a lab's connection is opened before any other script has come.
// `live.jsx` takes it over, with what has arrived by then.
(() => {
  const lab = /^\/labs\/([^/]+)/.exec(location.pathname)?.[1];
  if (!lab) return;
  let room = "";
  try {
    room = sessionStorage.getItem("sdlab_room") ?? "";
  } catch {
    return; // a page that may keep nothing is served by the later script, or not at all
  }
  const query = new URLSearchParams({ lab, room, changes: 1, visit: location.search.slice(1) });
  const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/live?${query}`);
  const messages = [];
  socket.onmessage = (message) => messages.push(message.data);
  window.sdlabFirst = { lab, socket, messages };
})();
