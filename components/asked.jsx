// Which question of the lab is open: it decides which panels come first, and which are folded.
import { createContext, useEffect } from "react";
import { cell } from "$/public/external/components/live/live.jsx";
import { placeOf, returned, setPlace } from "$/public/external/components/places/places.jsx";

export const ALL = "all";

/** The questions of this page as {id, panels}, in order; the one that is open; panels opened beside it. */
const questions = cell([]);
export const asked = cell("");
export const opened = cell([]);
/** The question whose options are to be compared, where no comparison of it is prepared. */
export const comparing = cell("");
/** The id of a prepared comparison that another part of the page asks for; the Compare tab runs it. */
export const askedFor = cell("");

/** How a panel stands: folded, and what unfolds it; quoted by a text. Outside of a lab all are open. */
export const PanelPlace = createContext({ folded: false, fold: null });

function isAsked(id) {
  return id === ALL || questions.get().some((one) => one.id === id);
}

/** Open a question, or all of them; `taken` when it was not the visitor who chose it. */
export function askQuestion(id, taken = false) {
  if (!isAsked(id)) return;
  if (asked.get() !== id) opened.set([]);
  asked.set(id);
  setPlace("question", id === questions.get()[0]?.id ? "" : id, !taken);
}

export function foldPanel(id, folded) {
  const others = opened.get().filter((one) => one !== id);
  opened.set(folded ? others : [...others, id]);
}

/** The panels that stand open: those of the question first, in its order, then those opened beside it. */
export function panelsOf(question, list = questions.get()) {
  return list.find((one) => one.id === question)?.panels ?? [];
}

/** Have that panel in sight: in the question that shows it, or opened beside the present one. */
export function openPanel(id, preferred = "") {
  const now = asked.get();
  if (preferred && preferred !== now && now !== ALL) askQuestion(preferred, true);
  if (asked.get() === ALL || panelsOf(asked.get()).includes(id)) return;
  const home = questions.get().find((one) => one.panels[0] === id);
  if (home && !preferred) askQuestion(home.id, true);
  else foldPanel(id, false);
}

/** Follow the address: at first, and when the visitor comes back to an earlier place. */
export function useAskedFromAddress(list) {
  useEffect(() => {
    questions.set(list);
    const follow = () => {
      const wanted = placeOf("question");
      opened.set([]);
      asked.set(isAsked(wanted) ? wanted : (list[0]?.id ?? ""));
    };
    follow();
    const stop = returned.subscribe(follow);
    return () => {
      stop();
      questions.set([]);
      asked.set("");
    };
  }, [list]);
}
