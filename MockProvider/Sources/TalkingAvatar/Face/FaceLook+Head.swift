// What moves as one: the head without eyes and mouth.

extension FaceLook {
  /// Paints the head and answers what it covered.
  func paintHead(_ drawing: inout Drawing) -> [Mask] {
    var covered = paintHairBehind(&drawing)
    for side: Float in [-1, 1] {
      let ear = Outline.ellipse(x: side * 1.0 * breadth, y: 0.04, width: 0.3, height: 0.46)
      covered.append(drawing.fill(ear, skin.darker(0.07)))
      drawing.fill(
        Outline.ellipse(x: side * 1.03 * breadth, y: 0.05, width: 0.13, height: 0.26), skin.darker(0.22), opacity: 0.5)
    }
    let face = drawing.fill(faceOutline, from: skin.lighter(0.06), to: skin.darker(0.06))
    covered.append(face)
    paintShading(&drawing, face: face)
    if hasBeard { paintBeard(&drawing, face: face) }
    paintNose(&drawing)
    covered += paintHair(&drawing)
    for side: Float in [-1, 1] { drawing.fill(brow(side), hairColour.darker(0.25), opacity: 0.9) }
    if hasEarrings {
      for side: Float in [-1, 1] {
        let ring = Outline.ellipse(x: side * 1.05 * breadth, y: 0.33, width: 0.12, height: 0.14)
        covered.append(drawing.fill(ring, Colour(0xF0C85A)))
      }
    }
    return covered
  }

  private var faceOutline: Outline {
    var outline = Outline()
    outline.move(0, -1.32)
    outline.curve(0.62, -1.32, 0.98, -0.85, 0.98, -0.15)
    outline.curve(0.98, 0.5, 0.8, 1.0, 0.4, 1.22)
    outline.curve(0.26, 1.3, 0.12, 1.33, 0, 1.33)
    outline.closeMirrored()
    return outline.stretched(x: breadth)
  }

  private func paintShading(_ drawing: inout Drawing, face: Mask) {
    for side: Float in [-1, 1] {
      drawing.glow(
        x: side * 1.08, y: 0.35, width: 0.8, height: 2.4, skin.darker(0.4), opacity: 0.28, within: face)
      drawing.glow(
        x: side * 0.56, y: 0.42, width: 0.66, height: 0.5, Colour(0xE2545A), opacity: 0.24, within: face)
      drawing.glow(
        x: side * 0.43, y: -0.1, width: 0.7, height: 0.52, skin.darker(0.35), opacity: 0.22, within: face)
    }
    drawing.glow(x: 0, y: -0.75, width: 1.3, height: 0.8, skin.lighter(0.6), opacity: 0.28, within: face)
    drawing.glow(x: 0, y: 1.12, width: 0.5, height: 0.3, skin.lighter(0.5), opacity: 0.22, within: face)
    guard hasFreckles else { return }
    var draw = StableHash(seed, 7)
    for _ in 0..<16 {
      let x = draw.number(from: 0.18, to: 0.72) * (draw.chance(0.5) ? 1 : -1)
      let dot = Outline.ellipse(x: x, y: draw.number(from: 0.2, to: 0.46), width: 0.035, height: 0.035)
      drawing.fill(dot, skin.darker(0.4), opacity: 0.5, within: face)
    }
  }

  private func paintBeard(_ drawing: inout Drawing, face: Mask) {
    var outline = Outline()
    outline.move(0, 0.5)
    outline.curve(0.3, 0.46, 0.46, 0.6, 0.58, 0.62)
    outline.curve(0.76, 0.55, 0.9, 0.2, 1.02, -0.05)
    outline.line(1.2, 1.5)
    outline.line(0, 1.5)
    outline.closeMirrored()
    drawing.fill(outline, hairColour, opacity: 0.82, within: face)
  }

  private func paintNose(_ drawing: inout Drawing) {
    let under = Outline.points(SIMD2(-0.15, 0.34), SIMD2(-0.13, 0.47), SIMD2(0.13, 0.47), SIMD2(0.15, 0.34))
    drawing.fill(Outline.stroke(under, width: 0.055, ends: 0.3), skin.darker(0.45), opacity: 0.65)
    drawing.glow(x: 0.01, y: 0.16, width: 0.2, height: 0.62, skin.lighter(0.6), opacity: 0.4)
  }

  private func brow(_ side: Float) -> Outline {
    let points = Outline.points(SIMD2(0.2, -0.42), SIMD2(0.36, -0.53), SIMD2(0.52, -0.53), SIMD2(0.68, -0.4))
    let brow = Outline.stroke(points, width: browWidth, ends: 0.35)
    return side > 0 ? brow : brow.mirrored()
  }
}
