// Convert the outlines of countries (a TopoJSON topology) to rings in hundredths of a degree; each point is the difference from the one before.
const STEPS = 100;

const decoded = ({ arcs, transform }) =>
  arcs.map((arc) => {
    let [x, y] = [0, 0];
    return arc.map(([dx, dy]) => {
      [x, y] = [x + dx, y + dy];
      return [x * transform.scale[0] + transform.translate[0], y * transform.scale[1] + transform.translate[1]];
    });
  });

const ringOf = (indexes, arcs) =>
  indexes.flatMap((index, place) => {
    const arc = index < 0 ? [...arcs[~index]].reverse() : arcs[index];
    return place ? arc.slice(1) : arc;
  });

/** Continue a ring that crosses the 180th meridian beyond it; the line along the South Pole does not cross it. */
const unwrapped = (ring) => {
  let turns = 0;
  return ring.map(([longitude, latitude], place) => {
    const step = place && latitude > -89 ? longitude - ring[place - 1][0] : 0;
    if (Math.abs(step) > 180) turns -= Math.sign(step) * 360;
    return [longitude + turns, latitude];
  });
};

/** The ring, and its copy on the other side of the map if it goes beyond the edge. */
const bothSides = (ring) => {
  const over = ring.some(([longitude]) => longitude > 180) ? -360 : ring.some(([longitude]) => longitude < -180) ? 360 : 0;
  return over ? [ring, ring.map(([longitude, latitude]) => [longitude + over, latitude])] : [ring];
};

const differences = (ring) => {
  const steps = [];
  let last = [0, 0];
  for (const [longitude, latitude] of ring) {
    const point = [Math.round(longitude * STEPS), Math.round(latitude * STEPS)];
    const step = [point[0] - last[0], point[1] - last[1]];
    if (step[0] || step[1]) steps.push(...step);
    last = point;
  }
  return steps;
};

export const outlines = (topology) => {
  const arcs = decoded(topology);
  const polygons = topology.objects.countries.geometries.flatMap(({ type, arcs: shape }) =>
    type === "Polygon" ? [shape] : type === "MultiPolygon" ? shape : [],
  );
  const rings = polygons.flat().flatMap((indexes) => bothSides(unwrapped(ringOf(indexes, arcs))).map(differences));
  return { steps: STEPS, rings: rings.filter((ring) => ring.length >= 8) };
};
