// Uploads from the browser: a file is sliced, each slice hashed and sent to its signed address, some at once.
// What is stored stays stored: after a pause, a broken connection or a reload only what is missing is sent.
import { apiUrl } from "$/public/external/components/live/live.jsx";

const BASE = "/api/youtube";
const MOST_CHUNKS = 400;
const LARGEST = 1024 * 1024;
const LARGEST_FILE = 200 * 1024 * 1024;
const KEPT_FILE = 32 * 1024 * 1024; // larger ones have to be chosen again after a reload
const TRIES = 8;
const WAIT_MS = 400;
const SHELF = "sdlab-youtube";

const nameOf = (room) => `sdlab-youtube-upload:${room}`;
const keptAt = (room) => `/kept-upload-${room}`;

export const pathOf = (path, room, more = "") =>
  apiUrl(`${BASE}${path}?room=${encodeURIComponent(room)}${more}`);

async function asked(url, options) {
  const answer = await fetch(url, options);
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const problem = await answer.json().catch(() => ({}));
  const error = new Error(problem.detail || `the server answered ${answer.status}`);
  error.status = answer.status;
  throw error;
}

async function sha256(blob) {
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return [...new Uint8Array(digest)].map((one) => one.toString(16).padStart(2, "0")).join("");
}

export function remembered(room) {
  try {
    return JSON.parse(localStorage.getItem(nameOf(room)) || "null");
  } catch {
    return null;
  }
}

function remember(room, what) {
  try {
    if (what) localStorage.setItem(nameOf(room), JSON.stringify(what));
    else localStorage.removeItem(nameOf(room));
  } catch {
    /* a browser that keeps nothing cannot go on after a reload */
  }
}

async function keep(room, file) {
  try {
    const shelf = await caches.open(SHELF);
    if (file && file.size <= KEPT_FILE) await shelf.put(keptAt(room), new Response(file));
    else await shelf.delete(keptAt(room));
  } catch {
    /* as above */
  }
}

async function kept(room) {
  try {
    const found = await (await caches.open(SHELF)).match(keptAt(room));
    return found ? await found.blob() : null;
  } catch {
    return null;
  }
}

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** One upload; `tell` gets what it is at: state, share of the bytes, words. */
export class Upload {
  constructor(room, tell) {
    this.room = room;
    this.tell = tell;
    this.id = "";
    this.title = "";
    this.stored = new Set();
    this.sizes = [];
    this.paused = false;
    this.over = false;
    this.stop = new AbortController();
  }

  say(state, words = "") {
    const total = this.sizes.reduce((sum, one) => sum + one, 0);
    const there = [...this.stored].reduce((sum, n) => sum + (this.sizes[n] || 0), 0);
    const share = total ? there / total : 0;
    this.tell({
      id: this.id,
      state,
      words,
      share,
      chunks: this.sizes.length,
      stored: this.stored.size,
      title: this.title,
    });
  }

  /** A new file, or the same as before, of which only the rest is sent. */
  async begin(file, { title, chunkKb, parallel }) {
    try {
      if (!globalThis.crypto?.subtle)
        throw new Error("this browser hashes only on a secure page (https or localhost)");
      if (file.size > LARGEST_FILE) throw new Error("a file has at most 200 MB");
      if (!file.size) throw new Error("this file is empty");
      this.file = file;
      this.parallel = parallel;
      const before = remembered(this.room);
      const again = before && before.size === file.size ? before.chunkSize : 0;
      const least = Math.ceil(file.size / MOST_CHUNKS);
      this.chunkSize = again || Math.min(LARGEST, Math.max(chunkKb * 1024, least));
      this.title = title;
      this.say("hashing");
      const prints = await this.hashed();
      if (before && before.print === prints.join("").slice(0, 2048) && (await this.found(before))) {
        this.say("sending", "the same file as before: only what is missing is sent");
      } else {
        await this.announce(prints);
      }
      keep(this.room, file);
      await this.run();
    } catch (error) {
      if (!this.paused) this.fail(error);
    }
  }

  async hashed() {
    const prints = [];
    this.sizes = [];
    for (let at = 0; at < this.file.size; at += this.chunkSize) {
      const part = this.file.slice(at, at + this.chunkSize);
      this.sizes.push(part.size);
      prints.push(await sha256(part));
    }
    return prints;
  }

  async announce(prints) {
    const body = {
      title: this.title,
      size: this.file.size,
      chunk_size: this.chunkSize,
      fingerprints: prints,
    };
    const made = await asked(pathOf("/upload", this.room), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    this.take(made);
    const { size } = this.file;
    const print = prints.join("").slice(0, 2048);
    remember(this.room, { id: this.id, title: this.title, size, chunkSize: this.chunkSize, print });
  }

  /** Whether that upload is still open here. */
  async found(before) {
    try {
      const made = await asked(pathOf(`/upload/${before.id}`, this.room));
      if (made.state !== "uploading") return false;
      this.title = before.title;
      this.take(made);
      return true;
    } catch {
      return false;
    }
  }

  take(made) {
    this.id = made.id;
    this.missing = made.missing.map((number, n) => ({ number, address: made.addresses[n] }));
    this.stored = new Set(made.chunks.filter((one) => one.state !== "pending").map((one) => one.number));
  }

  async run() {
    let tries = 0;
    while (!this.paused && !this.over) {
      this.say("sending");
      const before = this.stored.size;
      const lanes = Math.min(this.parallel, this.missing.length);
      await Promise.all(Array.from({ length: lanes }, () => this.lane()));
      if (this.paused || this.over) return;
      try {
        this.take(await asked(pathOf(`/upload/${this.id}`, this.room)));
      } catch (error) {
        if (error.status === 404 || error.status === 403) throw error;
        tries += 1;
      }
      if (!this.missing.length) return this.complete();
      tries = this.stored.size > before ? 0 : tries + 1;
      if (tries >= TRIES) throw new Error("the connection does not come back: press “Go on” to try again");
      this.say("sending", "the connection broke: going on with what is missing");
      await wait(WAIT_MS * Math.min(4, tries + 1));
    }
  }

  async lane() {
    while (this.missing.length && !this.paused && !this.over) {
      const one = this.missing.shift();
      const part = this.file.slice(one.number * this.chunkSize, (one.number + 1) * this.chunkSize);
      try {
        await asked(apiUrl(one.address), { method: "PUT", body: part, signal: this.stop.signal });
        this.stored.add(one.number);
        this.say("sending");
      } catch (error) {
        if (error.status === 422) this.missing.push(one);
        else if (error.status !== 409) return;
      }
    }
  }

  async complete() {
    this.over = true;
    remember(this.room, null);
    keep(this.room, null);
    try {
      await asked(pathOf(`/upload/${this.id}/complete`, this.room), { method: "POST" });
      this.say("done");
    } catch (error) {
      this.fail(error);
    }
  }

  fail(error) {
    this.over = error.status === 404 || error.status === 422 || error.status === 413;
    if (this.over) remember(this.room, null);
    this.say(this.over || !this.id ? "failed" : "paused", error.message);
  }

  pause() {
    this.paused = true;
    this.stop.abort();
    this.say("paused");
  }

  async goOn() {
    this.paused = false;
    this.stop = new AbortController();
    try {
      if (!(await this.found({ id: this.id, title: this.title }))) throw new Error("this upload is over");
      await this.run();
    } catch (error) {
      if (!this.paused) this.fail(error);
    }
  }

  forget() {
    this.over = true;
    this.stop.abort();
    remember(this.room, null);
    keep(this.room, null);
  }
}

/** After a reload: what was under way, with its file where the browser has kept it. */
export async function interrupted(room) {
  const before = remembered(room);
  if (!before) return null;
  try {
    const made = await asked(pathOf(`/upload/${before.id}`, room));
    if (made.state !== "uploading") throw new Error("over");
    return {
      ...before,
      stored: made.chunks.length - made.missing.length,
      chunks: made.chunks.length,
      file: await kept(room),
    };
  } catch {
    remember(room, null);
    return null;
  }
}
