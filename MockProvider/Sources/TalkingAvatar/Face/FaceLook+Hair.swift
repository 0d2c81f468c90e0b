// Hair that moves with the head.

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
