// What can be completed, from the server: prefixes, and the terms of the release with their names and how often they are used.
const NOTHING = { prefixes: {}, terms: [] };

export async function loadVocabulary(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    return answer.ok ? await answer.json() : NOTHING;
  } catch {
    return NOTHING;
  }
}
