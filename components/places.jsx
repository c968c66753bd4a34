// Where the visitor is within a page (tab, question), in the address; back and forward go through it.
import { cell, room, slugOfPage } from "$/public/external/components/live/live.jsx";

/** Counts how often the visitor came back to another place of this page. */
export const returned = cell(0);

/** A reload finds its room by this, though the server may have forgotten the tab. */
export function rememberPlace() {
  if (!room.get()) return;
  const place = encodeURIComponent([room.get(), slugOfPage(), window.location.search.slice(1)].join("~"));
  document.cookie = `sdlab_at=${place}; path=/; SameSite=Lax; max-age=86400`;
}

export const placeOf = (name) => new URL(window.location.href).searchParams.get(name) ?? "";

/** Say it in the address; none takes it out. `own` when the visitor went there, and may want to come back. */
export function setPlace(name, value, own) {
  const address = new URL(window.location.href);
  if (value) address.searchParams.set(name, value);
  else address.searchParams.delete(name);
  if (own || name === "tab") address.hash = "";
  const written = address.href.replaceAll("%3A", ":");
  if (written === window.location.href) return;
  if (own) window.history.pushState(window.history.state, "", written);
  else window.history.replaceState(window.history.state, "", written);
  rememberPlace();
}

let page = "";

/** Follow back and forward within this page here, until the function that it gives is called. */
export function followPlaces() {
  page = window.location.pathname;
  return () => {
    page = "";
  };
}

/**
 * The router must not hear of a way back within the page: it would load the page anew, which sets the room up
 * by an address of a while ago. So this listens before the router does, from when the script is loaded.
 */
function comeBack(event) {
  if (window.location.pathname !== page) return;
  event.stopImmediatePropagation();
  returned.set(returned.get() + 1);
}

if (typeof window !== "undefined") window.addEventListener("popstate", comeBack, true);
