/** Numbers from 0 to 1 that look random and are the same in every run (mulberry32). */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The items in another order. */
export function shuffled(items, random) {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other], result[last]];
  }
  return result;
}

/** Draws so many different items, the second half as often as the first, the third a third as often (Zipf). */
export function zipf(items, random) {
  const weights = [];
  let total = 0;
  for (let rank = 1; rank <= items.length; rank++) weights.push((total += 1 / rank));
  return (count) => {
    const drawn = new Set();
    // Enough tries even for all of them; few are needed for some.
    for (let tries = 0; drawn.size < count && tries < 1_000 * count; tries++) {
      drawn.add(items[firstAbove(weights, random() * total)]);
    }
    if (drawn.size < count) throw new Error(`${count} of ${items.length} items are too many to draw`);
    return [...drawn];
  };
}

function firstAbove(sorted, value) {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
