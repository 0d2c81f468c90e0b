// Draws what of a face keeps its form: backdrop, clothes, neck, head and hair.

extension FaceLook {
  /// Paints everything behind the head over a whole picture.
  func paintStill(_ drawing: inout Drawing) {
    switch backdrop {
    case .green: drawing.picture.fill(Ink(Self.screenGreen))
    case .studio: paintWall(drawing.picture)
    }
    if hair == .long { paintLongHair(&drawing) }
    paintNeck(&drawing)
    paintClothes(&drawing)
  }

  /// From light to dark downwards, with light behind the head. A wall is soft, so blocks of 4x4 pixels are fine enough;
  /// each pixel for itself would take most of the time that a new session needs.
  private func paintWall(_ picture: Picture) {
    let (width, height) = (picture.size.width, picture.size.height)
    let top = Ink(wall.lighter(0.12))
    let bottom = Ink(wall.darker(0.28))
    let light = Ink(wall.lighter(0.75))
    for y in stride(from: 0, to: height, by: 4) {
      let base = top.mixed(with: bottom, step: y, of: height)
      let dy = (Float(y + 2) / Float(height) - 0.42) / 0.65
      let rows = min(4, height - y)
      for x in stride(from: 0, to: width, by: 4) {
        let dx = (Float(x + 2) / Float(width) - 0.5) / 0.75
        let rest = max(0, 1 - dx * dx - dy * dy)
        let ink = base.mixed(with: light, step: Int(rest * rest * 0.55 * 1_024), of: 1_025)
        let columns = min(4, width - x)
        for row in 0..<rows { (picture.luma.row(y + row) + x).update(repeating: ink.luma, count: columns) }
        for row in 0..<(rows / 2) {
          (picture.blue.row(y / 2 + row) + x / 2).update(repeating: ink.blue, count: columns / 2)
          (picture.red.row(y / 2 + row) + x / 2).update(repeating: ink.red, count: columns / 2)
        }
      }
    }
  }

  private func paintLongHair(_ drawing: inout Drawing) {
    var outline = Outline()
    outline.move(0, -1.5)
    outline.curve(0.95, -1.5, 1.3, -0.9, 1.24, 0)
    outline.curve(1.2, 0.8, 1.5, 1.5, 1.22, 2.3)
    outline.curve(1.0, 2.6, 0.4, 2.5, 0, 2.5)
    outline.closeMirrored()
    drawing.fill(outline, from: hairColour, to: hairColour.darker(0.3))
  }

  private func paintNeck(_ drawing: inout Drawing) {
    var outline = Outline()
    outline.move(0, 0.7)
    outline.line(0.43, 0.7)
    outline.line(0.44, 1.35)
    outline.curve(0.46, 1.66, 0.7, 1.78, 1.0, 1.84)
    outline.line(0.8, 2.6)
    outline.line(0, 2.6)
    outline.closeMirrored()
    let neck = drawing.fill(outline, from: skin.darker(0.06), to: skin)
    drawing.glow(x: 0, y: 1.14, width: 1.5, height: 0.9, skin.darker(0.5), opacity: 0.75, within: neck)
  }

  private func paintClothes(_ drawing: inout Drawing) {
    var outline = Outline()
    let depth: Float = hasHoodie ? 2.0 : 2.25
    outline.move(0, depth)
    outline.curve(0.32, depth, 0.56, 1.95, 0.6, 1.62)
    outline.curve(1.0, 1.84, 1.75, 1.8, 2.02, 2.5)
    outline.curve(2.18, 3.0, 2.25, 3.8, 2.25, 6)
    outline.line(0, 6)
    outline.closeMirrored()
    let cloth = drawing.fill(outline, from: clothes.lighter(0.08), to: clothes.darker(0.25))
    let edge = Outline.points(
      SIMD2(-0.02, depth + 0.03), SIMD2(0.34, depth + 0.03), SIMD2(0.6, 1.97), SIMD2(0.63, 1.62))
    let rim = hasHoodie ? clothes.darker(0.22) : collar
    for side in [Outline.stroke(edge, width: hasHoodie ? 0.2 : 0.09), Outline.stroke(edge, width: 0.09).mirrored()] {
      drawing.fill(side, rim, within: hasHoodie ? cloth : nil)
    }
    guard hasHoodie else { return }
    drawing.fill(Outline.stroke(edge, width: 0.2).mirrored(), rim, within: cloth)
    for x: Float in [-0.24, 0.24] {
      let cord = [SIMD2<Float>(x, 2.02), SIMD2(x * 1.05, 2.3), SIMD2(x * 1.2, 2.7)]
      drawing.fill(Outline.stroke(cord, width: 0.06), collar)
    }
  }
}

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

extension FaceLook {
  /// What of the hair is behind the face.
  func paintHairBehind(_ drawing: inout Drawing) -> [Mask] {
    var outline = Outline()
    switch hair {
    case .bob, .fringe:
      outline.move(0, -1.5)
      outline.curve(0.9, -1.55, 1.28, -0.95, 1.22, 0.1)
      outline.curve(1.2, 0.5, 1.28, 0.85, 1.16, 1.12)
      outline.curve(0.95, 1.3, 0.5, 1.2, 0, 1.2)
      outline.closeMirrored()
    case .curls:
      outline = curls
    case .bun:
      outline = .ellipse(x: 0, y: -1.72, width: 0.86, height: 0.8)
    case .crop, .side, .long, .bald:
      return []
    }
    return [drawing.fill(outline, from: hairColour, to: hairColour.darker(0.3))]
  }

  /// What of the hair is in front of the face.
  func paintHair(_ drawing: inout Drawing) -> [Mask] {
    guard hair != .bald else {
      drawing.glow(x: -0.3, y: -1.0, width: 0.7, height: 0.4, skin.lighter(0.8), opacity: 0.35)
      return []
    }
    let mask = drawing.fill(front, from: hairColour.lighter(0.06), to: hairColour.darker(0.12))
    drawing.glow(
      x: -0.35, y: -1.32, width: 1.1, height: 0.42, hairColour.lighter(0.7), opacity: 0.4, within: mask)
    return [mask]
  }

  private var front: Outline {
    var outline = Outline()
    switch hair {
    case .crop, .bun: outline = cap(forehead: hair == .bun ? -1.0 : -0.88)
    case .side: outline = swept
    case .fringe:
      outline.move(0, -1.6)
      outline.curve(0.82, -1.62, 1.22, -1.0, 1.16, -0.1)
      outline.curve(1.16, 0.3, 1.14, 0.6, 1.08, 0.8)
      outline.curve(0.98, 0.4, 0.98, -0.1, 0.9, -0.5)
      outline.curve(0.6, -0.62, 0.3, -0.64, 0, -0.6)
      outline.closeMirrored()
    case .bob, .long:
      outline.move(0, -1.6)
      outline.curve(0.86, -1.64, 1.26, -1.0, 1.18, -0.1)
      outline.curve(1.17, 0.4, 1.16, 0.7, 1.1, 1.0)
      outline.curve(0.98, 0.8, 0.96, 0.4, 0.96, 0.0)
      outline.curve(0.92, -0.6, 0.5, -0.9, 0.03, -1.16)
      outline.line(0, -1.16)
      outline.closeMirrored()
    case .curls: outline = fringeOfCurls
    case .bald: break
    }
    return outline.stretched(x: breadth)
  }

  private func cap(forehead: Float) -> Outline {
    var outline = Outline()
    outline.move(0, -1.62)
    outline.curve(0.78, -1.66, 1.14, -1.1, 1.06, -0.22)
    outline.line(0.97, -0.14)
    outline.curve(0.98, -0.5, 0.88, forehead + 0.1, 0.64, forehead)
    outline.curve(0.36, forehead - 0.07, 0.15, forehead - 0.02, 0, forehead - 0.02)
    outline.closeMirrored()
    return outline
  }

  /// Parted on one side.
  private var swept: Outline {
    var outline = Outline()
    outline.move(-1.05, -0.18)
    outline.curve(-1.2, -1.1, -0.8, -1.72, 0.05, -1.7)
    outline.curve(0.82, -1.7, 1.18, -1.05, 1.05, -0.18)
    outline.line(0.97, -0.14)
    outline.curve(0.97, -0.6, 0.82, -0.9, 0.56, -1.06)
    outline.curve(0.2, -0.74, -0.42, -0.66, -0.76, -0.86)
    outline.curve(-0.9, -0.7, -0.97, -0.5, -0.97, -0.14)
    return outline
  }

  /// Locks around the head; they overlap, and overlapping shapes stay filled.
  private var curls: Outline {
    var outline = Outline.ellipse(x: 0, y: -0.75, width: 2.5, height: 2.0)
    for step in 0..<13 {
      let angle = Float(step) / 12 * 4.3 - 0.58
      let (x, y) = (1.2 * Self.cosine(angle), -0.55 - 1.02 * Self.sine(angle))
      outline.add(.ellipse(x: x, y: y, width: 0.62, height: 0.62))
    }
    return outline
  }

  private var fringeOfCurls: Outline {
    var outline = cap(forehead: -1.0)
    for step in 0..<7 {
      let x = Float(step - 3) * 0.3
      outline.add(.ellipse(x: x, y: -1.06 + x * x * 0.42, width: 0.44, height: 0.4))
    }
    return outline
  }

  private static func sine(_ angle: Float) -> Float { Wave.sine(angle / (2 * .pi)) }
  private static func cosine(_ angle: Float) -> Float { Wave.sine(angle / (2 * .pi) + 0.25) }
}
