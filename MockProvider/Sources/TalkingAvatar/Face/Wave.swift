// Movement to and fro.

/// A sine that is the same on every machine: the C library's may differ in its last bit, and a face must not.
enum Wave {
  /// The sine of so many turns: 0 at 0, 1 at a quarter. Within 0.0002 of the true one.
  static func sine(_ turns: Float) -> Float {
    let position = turns - turns.rounded(.down)
    let half = position < 0.5 ? position * 2 : (position - 0.5) * 2
    // Bhaskara's approximation, made symmetrical about a quarter by its own form.
    let product = half * (1 - half)
    let value = 16 * product / (5 - 4 * product)
    return position < 0.5 ? value : -value
  }
}
