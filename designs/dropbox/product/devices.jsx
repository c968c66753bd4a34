// Two devices with a folder each: an editor, pictures, new and other names, versions, the line.
import { createElement as h, Fragment, useEffect, useRef, useState } from "react";
import { CopyButton } from "$/public/external/components/controls/controls.jsx";
import { apiUrl, fmt, useMay, useRoom } from "$/public/external/components/live/live.jsx";
import { Sides } from "$/public/external/components/sheets/sheets.jsx";

const SAVE_AFTER = 250; // ms without a key
const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const SIGNS = { text: "≡", picture: "▣", bytes: "▤" };
const LEAST = 7;

/** Where the bytes of a file in the folder of a device may be read. */
const addressOf = (api, room, device, file) =>
  apiUrl(
    `${api}/devices/${device.id}/content?${new URLSearchParams({ path: file.id, v: file.version, room })}`,
  );

/** What is in the editor: what the folder has, until somebody types; then that, until the folder has it. */
function useText(device, save) {
  const [mine, setMine] = useState(null);
  const timer = useRef(0);
  useEffect(() => {
    if (mine !== null && device.text === mine) setMine(null);
  }, [mine, device.text]);
  useEffect(() => {
    setMine(null);
    return () => clearTimeout(timer.current);
  }, [device.open]);
  const type = (text) => {
    setMine(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => save(text), SAVE_AFTER);
  };
  return [mine ?? device.text, type, mine !== null];
}

function Editor({ device, may, on }) {
  const [text, type, waits] = useText(device, (said) => on.save(device.id, device.open, said));
  const field = useRef(null);
  const letter = () => {
    const at = Math.min(field.current?.selectionStart || LEAST, text.length);
    type(text.slice(0, at) + LETTERS[text.length % LETTERS.length] + text.slice(at));
  };
  return h(
    "div",
    { className: "dx-editor" },
    h("textarea", {
      ref: field,
      value: text,
      rows: 7,
      maxLength: 6000,
      spellCheck: false,
      readOnly: !may || !device.editable,
      "aria-label": `Text of ${device.open} on the ${device.id}`,
      onChange: (event) => type(event.target.value),
    }),
    h(
      "div",
      { className: "dx-row" },
      h(
        "button",
        {
          type: "button",
          className: device.id === "laptop" ? "sd-btn small p" : "sd-btn small",
          disabled: !may || !device.editable,
          "aria-label": `Type a letter on the ${device.id}`,
          onClick: letter,
        },
        "Type a letter",
      ),
      h("small", { className: "dx-dim" }, waits ? "saving" : `version ${fmt(device.version)}`),
    ),
  );
}

function Versions({ api, file, room, device }) {
  const [found, setFound] = useState(null);
  useEffect(() => {
    if (!room || !file.file) return undefined;
    const ended = new AbortController();
    fetch(apiUrl(`${api}/files/${file.file}/versions`), {
      headers: { "X-SDLab-Room": room },
      signal: ended.signal,
    })
      .then((answer) => (answer.ok ? answer.json() : { items: [] }))
      .then((page) => setFound(page.items))
      .catch(() => {});
    return () => ended.abort();
  }, [api, file.file, file.version, room]);
  return h(
    "ul",
    { className: "dx-versions", "aria-label": `Versions of ${file.id} on the ${device.id}` },
    (found ?? []).map((one) =>
      h(
        "li",
        { key: one.version },
        h(
          "a",
          {
            href: apiUrl(`${api}/files/${file.file}/content?version=${one.version}&room=${room}`),
            download: file.id.split("/").at(-1),
          },
          `Version ${fmt(one.version)}`,
        ),
        h("small", { className: "dx-dim" }, ` ${fmt(one.size)} bytes`),
      ),
    ),
    found && !found.length && h("li", { className: "dx-dim" }, "No versions: it is not on the server yet."),
  );
}

function Shown({ device, file, api, room, may, on }) {
  const [renaming, setRenaming] = useState(false);
  const [name, setName] = useState("");
  const [versions, setVersions] = useState(false);
  useEffect(() => {
    setRenaming(false);
    setVersions(false);
  }, [device.open]);
  if (!file) return h("p", { className: "dx-dim" }, `${device.open || "No file"} is not in this folder.`);
  const submit = (event) => {
    event.preventDefault();
    // A name that is refused stays in the field; with another name the file is another one.
    if (name.trim() && name !== file.id) on.rename(device.id, file.id, name.trim());
    else setRenaming(false);
  };
  const button = (label, act, pressed) =>
    h(
      "button",
      {
        type: "button",
        className: "sd-btn small",
        disabled: !may,
        "aria-pressed": pressed,
        "aria-label": `${label} ${file.id} on the ${device.id}`,
        onClick: act,
      },
      label,
    );
  return h(
    "div",
    { className: "dx-shown" },
    file.kind === "text" && device.editable
      ? h(Editor, { key: device.open, device, may, on })
      : file.kind === "picture" && room && file.version > 0
        ? h("img", { src: addressOf(api, room, device, file), alt: file.id, className: "dx-picture" })
        : h("p", { className: "dx-dim" }, `${fmt(file.size)} bytes; too long for the editor, or not text.`),
    renaming
      ? h(
          "form",
          { className: "dx-row", onSubmit: submit },
          h("input", {
            type: "text",
            className: "sd-input",
            value: name,
            maxLength: 400,
            autoFocus: true,
            "aria-label": `New name of ${file.id} on the ${device.id}`,
            onChange: (event) => setName(event.target.value),
          }),
          h("button", { type: "submit", className: "sd-btn small" }, "Rename"),
        )
      : h(
          "div",
          { className: "dx-row" },
          button("Rename", () => {
            setName(file.id);
            setRenaming(true);
          }),
          button("Delete", () => on.delete(device.id, file.id)),
          button("Versions", () => setVersions(!versions), versions),
          room &&
            h(
              "a",
              {
                className: "sd-btn small",
                href: addressOf(api, room, device, file),
                download: file.id.split("/").at(-1),
                "aria-label": `Download ${file.id} of the ${device.id}`,
              },
              "Download",
            ),
        ),
    versions && h(Versions, { api, file, room, device }),
  );
}

function NewFile({ device, may, on }) {
  const [name, setName] = useState("");
  const [asked, setAsked] = useState("");
  const wanted = name.trim().normalize();
  const has = (path) => device.files.some((one) => one.id === path);
  const submit = (event) => {
    event.preventDefault();
    if (!wanted) return;
    on.create(device.id, name.trim());
    setAsked(has(wanted) ? "" : wanted);
  };
  useEffect(() => {
    if (!asked || !has(asked)) return; // a name that is refused stays in the field
    if (wanted === asked) setName("");
    setAsked("");
  });
  return h(
    "form",
    { className: "dx-row", onSubmit: submit },
    h("input", {
      type: "text",
      className: "sd-input",
      value: name,
      maxLength: 400,
      disabled: !may,
      placeholder: "docs/new.txt",
      "aria-label": `Name of a new file on the ${device.id}`,
      onChange: (event) => setName(event.target.value),
    }),
    h("button", { type: "submit", className: "sd-btn small", disabled: !may }, "New file"),
  );
}

function Device({ device, api, room, may, on }) {
  const file = device.files.find((one) => one.id === device.open);
  const line = device.online ? `Take the ${device.id} offline` : `Bring the ${device.id} online`;
  return h(
    "section",
    { className: "dx-device", "data-online": device.online, "aria-label": device.name },
    h(
      "header",
      { className: "dx-head" },
      h("h3", null, device.name),
      h("small", { className: "dx-dim", "data-state": device.state }, device.state),
      h(
        "button",
        {
          type: "button",
          className: "sd-btn small",
          "aria-pressed": !device.online,
          "aria-label": line,
          disabled: !may,
          onClick: () => on.offline(device.id, device.online),
        },
        device.online ? "Take offline" : "Back online",
      ),
    ),
    h(
      "ul",
      { className: "dx-files", "aria-label": `Folder of the ${device.id}`, tabIndex: 0 },
      device.files.map((one) =>
        h(
          "li",
          { key: one.id },
          h(
            "button",
            {
              type: "button",
              className: "dx-file",
              "aria-pressed": one.id === device.open,
              disabled: !may,
              onClick: () => on.open(device.id, one.id),
            },
            h("span", { "aria-hidden": true }, SIGNS[one.kind]),
            h("span", { className: "dx-name" }, one.id),
            h("small", { className: "dx-dim" }, one.state === "in step" ? `v${fmt(one.version)}` : one.state),
          ),
        ),
      ),
      device.total > device.files.length &&
        h("li", { className: "dx-dim" }, `and ${fmt(device.total - device.files.length)} more`),
      !device.files.length && h("li", { className: "dx-dim" }, "Nothing in this folder yet."),
    ),
    h(Shown, { device, file, api, room, may, on }),
    h(NewFile, { device, may, on }),
  );
}

/** How a folder of the visitor's machine becomes a third device. */
function OwnFolder({ room }) {
  const [server, setServer] = useState("");
  useEffect(() => setServer(window.location.origin), []);
  const command = `.venv/bin/python -m designs.dropbox.client ~/drive --server ${server} --room ${room}`;
  return h(
    "details",
    { className: "dx-own" },
    h("summary", null, "A folder of your own"),
    h(
      "p",
      { className: "dx-dim" },
      "Run this where sdlab is installed: the folder is the third device of this room. ",
      "The room in it is the key: who has it reads and writes here.",
    ),
    h(
      "div",
      { className: "dx-command" },
      h("code", null, command),
      h(CopyButton, { text: command, className: "sd-btn small", name: "Copy the command" }),
    ),
  );
}

export function Devices({ devices, api, onSave, onCreate, onRename, onDelete, onOpen, onOffline }) {
  const may = useMay();
  const room = useRoom();
  const on = {
    save: onSave,
    create: onCreate,
    rename: onRename,
    delete: onDelete,
    open: onOpen,
    offline: onOffline,
  };
  return h(
    Fragment,
    null,
    h(
      Sides,
      { label: "Devices", className: "dx-devices", faces: devices.map((one) => one.name) },
      devices.map((device) => h(Device, { key: device.id, device, api, room, may, on })),
    ),
    may && room && h(OwnFolder, { room }),
  );
}
