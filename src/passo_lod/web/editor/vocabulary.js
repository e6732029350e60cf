// Load what the editor completes: prefixes, and the terms of the release with their labels and numbers of uses.
const EMPTY = { prefixes: {}, terms: [] };

export async function loadVocabulary(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    return answer.ok ? await answer.json() : EMPTY;
  } catch {
    return EMPTY;
  }
}
