// What stands still: the backdrop, long hair behind the neck, the neck and the clothes.

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
