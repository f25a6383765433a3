export function probe(a: usize): f32 {
  let v = v128.load(a);
  if (RELAXED) v = f32x4.relaxed_madd(v, v, v); else v = f32x4.add(f32x4.mul(v, v), v);
  return f32x4.extract_lane(v, 0);
}
