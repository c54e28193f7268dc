"""Functions that JavaScript lacks: helpers that stand at the head of a lowered function that needs them."""

# primitive -> the name of its helper
SPECIAL = {**{name: name for name in ("erf", "erfc", "lgamma", "digamma")}, "erf_inv": "erfInverse"}

HELPERS = {
    # Abramowitz, Stegun (1964): the series 7.1.6 near 0, which has no signs to cancel, the fraction 7.1.14 elsewhere
    "erfc": """(x) => {
  if (x < 2) return 1 - erf(x);
  let f = 0;
  for (let k = 120; k > 0; k--) f = k / 2 / (x + f);
  return x > 30 ? 0 : Math.exp(-x * x) / (x + f) / Math.sqrt(Math.PI);
}""",
    "erf": """(x) => {
  if (Math.abs(x) >= 2) return x > 0 ? 1 - erfc(x) : erfc(-x) - 1;
  let sum = x;
  for (let k = 1, term = x; k < 50; k++) sum += term *= (2 * x * x) / (2 * k + 1);
  return x !== x ? x : (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}""",
    # Stirling's series, Abramowitz, Stegun (1964), 6.1.40, after moving x up; 6.1.17 for what is negative
    "lgamma": """(x) => {
  if (x === Infinity || x === -Infinity) return Infinity;
  if (x <= 0 && Math.floor(x) === x) return Infinity;
  if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - lgamma(1 - x);
  let shift = 1;
  for (; x < 12; x++) shift *= x;
  const r = 1 / (x * x);
  const series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r * (1 / 1188 - r * (691 / 360360)))))) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - Math.log(shift);
}""",
    # Abramowitz, Stegun (1964), 6.3.18, after moving x up; 6.3.7 for what is negative
    "digamma": """(x) => {
  if (x <= 0 && Math.floor(x) === x) return NaN;
  if (x < 0.5) return digamma(1 - x) - Math.PI / Math.tan(Math.PI * x);
  let below = 0;
  for (; x < 12; x++) below += 1 / x;
  const r = 1 / (x * x);
  const series = r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r * (1 / 240 - r * (1 / 132 - r * (691 / 32760))))));
  return Math.log(x) - 0.5 / x - series - below;
}""",
    # Winitzki (2008), "A handy approximation for the error function and its inverse", then Halley's steps
    "erfInverse": """(y) => {
  const left = 1 - Math.abs(y);
  if (!(left > 0) || y === 0) return left === 0 ? y * Infinity : y === 0 ? y : NaN;
  const c = Math.log(left * (2 - left)) / 2;
  const b = 2 / (Math.PI * 0.147) + c;
  let x = Math.sqrt(Math.sqrt(b * b - (2 * c) / 0.147) - b);
  for (let k = 0; k < 4; k++) {
    const error = Math.abs(y) < 0.5 ? erf(x) - Math.abs(y) : left - erfc(x);
    const step = (error * Math.sqrt(Math.PI) * Math.exp(x * x)) / 2;
    x -= step / (1 + x * step);
  }
  return Math.sign(y) * x;
}""",
}
NEEDED = {  # with those that each calls
    "erf": ("erfc", "erf"),
    "erfc": ("erfc", "erf"),
    "lgamma": ("lgamma",),
    "digamma": ("digamma",),
    "erfInverse": ("erfc", "erf", "erfInverse"),
}
