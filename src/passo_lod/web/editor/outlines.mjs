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
  const rings = polygons.flat().map((indexes) => stepped(ringOf(indexes, arcs)));
  return { steps: STEPS, rings: rings.filter((ring) => ring.length >= 8) };
};
