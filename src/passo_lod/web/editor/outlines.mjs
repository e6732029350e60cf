// The outlines of countries (a TopoJSON topology) as plain rings: hundredths of a degree, each point by its step from the one before.
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

/** A ring that crosses the 180th meridian goes on beyond it; the line along the South Pole does not cross it. */
const unwrapped = (ring) => {
  let turns = 0;
  return ring.map(([longitude, latitude], place) => {
    const step = place && latitude > -89 ? longitude - ring[place - 1][0] : 0;
    if (Math.abs(step) > 180) turns -= Math.sign(step) * 360;
    return [longitude + turns, latitude];
  });
};

/** The ring, and a second time on the other side of the map where it goes beyond the edge. */
const bothSides = (ring) => {
  const over = ring.some(([longitude]) => longitude > 180) ? -360 : ring.some(([longitude]) => longitude < -180) ? 360 : 0;
  return over ? [ring, ring.map(([longitude, latitude]) => [longitude + over, latitude])] : [ring];
};

const stepped = (ring) => {
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
  const rings = polygons.flat().flatMap((indexes) => bothSides(unwrapped(ringOf(indexes, arcs))).map(stepped));
  return { steps: STEPS, rings: rings.filter((ring) => ring.length >= 8) };
};
