// Draws eyes and mouth anew in each frame.

/// What a face's features do at one moment.
struct FaceFeatures: Hashable {
  /// 1 is open, 0 is closed.
  var lids: Float
  /// Where the eyes look, in the face's units.
  var gaze: SIMD2<Float>
  var mouth: MouthShape

  func paint(_ look: FaceLook, _ drawing: inout Drawing) {
    for side: Float in [-1, 1] { paintEye(look, side, &drawing) }
    paintMouth(look, &drawing)
    if look.hasGlasses { Self.paintGlasses(&drawing) }
  }

  private func paintEye(_ look: FaceLook, _ side: Float, _ drawing: inout Drawing) {
    let home = drawing.place
    defer { drawing.place = home }
    drawing.place = home.moved(x: side * 0.43 * look.breadth * home.scale, y: -0.08 * home.scale)
    let (half, top, bottom) = (0.225 * look.eyeSize, 0.158 * look.eyeSize, 0.11 * look.eyeSize)
    // A lid that closes comes down to the lower one.
    let lid = top * lids - bottom * 0.8 * (1 - lids)
    let open = Self.eye(half, upper: top, lower: bottom)
    drawing.fill(open, look.skin.darker(0.1))
    if lids > 0.08 {
      let ball = drawing.fill(Self.eye(half, upper: lid, lower: bottom), Colour(0xFBF8F4))
      drawing.fill(.circle(gaze.x, gaze.y - 0.015, 0.29), look.eyes.darker(0.35), within: ball)
      drawing.fill(.circle(gaze.x, gaze.y - 0.015, 0.24), from: look.eyes, to: look.eyes.lighter(0.25), within: ball)
      drawing.fill(.circle(gaze.x, gaze.y - 0.015, 0.125), Colour(0x15101A), within: ball)
      drawing.fill(.circle(gaze.x - 0.045, gaze.y - 0.07, 0.07), Colour(0xFFFFFF), within: ball)
    }
    let lashes = Outline.points(
      SIMD2(-half, 0.01), SIMD2(-half * 0.5, -lid * 1.35), SIMD2(half * 0.5, -lid * 1.35), SIMD2(half, 0.01))
    drawing.fill(Outline.stroke(lashes, width: 0.055, ends: 0.4), Colour(0x2A1B1C), opacity: 0.95)
  }

  private static func eye(_ half: Float, upper: Float, lower: Float) -> Outline {
    var outline = Outline()
    outline.move(-half, 0.01)
    outline.curve(-half * 0.5, -upper * 1.35, half * 0.5, -upper * 1.35, half, 0.01)
    outline.curve(half * 0.5, lower * 1.3, -half * 0.5, lower * 1.3, -half, 0.01)
    return outline
  }

  func paintMouth(_ look: FaceLook, _ drawing: inout Drawing) {
    let home = drawing.place
    defer { drawing.place = home }
    drawing.place = home.moved(x: 0, y: 0.76 * home.scale)
    let narrowing: Float = mouth.spread < 0 ? 0.34 : 0.16
    let half = 0.36 * look.mouthWidth * (1 + narrowing * mouth.spread - 0.06 * mouth.openness)
    let gap = 0.36 * mouth.openness
    // A mouth at rest smiles.
    let corner = -0.085 + 0.075 * mouth.openness
    drawing.fill(lips(half, gap, corner), from: look.lips.darker(0.06), to: look.lips.lighter(0.1))
    let inside = drawing.fill(opening(half, gap, corner), Colour(0x4A1620).darker(mouth.openness < 0.1 ? 0 : 0.35))
    guard gap > 0.03 else { return }
    let tongue = Outline.ellipse(x: 0, y: gap * 0.78, width: half * 1.25, height: gap * 0.8)
    drawing.fill(tongue, Colour(0xC65A63), within: inside)
    let teeth = Outline.roundedRectangle(
      left: -half * 0.74, top: -gap * 0.5 - 0.05, right: half * 0.74, bottom: -gap * 0.3 + min(0.1, gap * 0.55),
      radius: 0.05)
    drawing.fill(teeth, Colour(0xFAF6EF), within: inside)
  }

  private func lips(_ half: Float, _ gap: Float, _ corner: Float) -> Outline {
    var outline = Outline()
    outline.move(0, -0.075 - gap * 0.4)
    outline.curve(half * 0.25, -0.13 - gap * 0.42, half * 0.6, -0.07 - gap * 0.35, half, corner)
    outline.curve(half * 0.7, 0.13 + gap * 0.8, half * 0.35, 0.16 + gap * 0.85, 0, 0.16 + gap * 0.85)
    outline.closeMirrored()
    return outline
  }

  private func opening(_ half: Float, _ gap: Float, _ corner: Float) -> Outline {
    var outline = Outline()
    outline.move(0, 0.022 - gap * 0.33)
    outline.curve(half * 0.4, 0.012 - gap * 0.33, half * 0.7, -0.01 - gap * 0.3, half * 0.9, corner + 0.012)
    outline.curve(half * 0.65, 0.03 + gap * 0.66, half * 0.35, 0.05 + gap * 0.7, 0, 0.05 + gap * 0.7)
    outline.closeMirrored()
    return outline
  }

  private static func paintGlasses(_ drawing: inout Drawing) {
    let frame = Colour(0x2B2530)
    for side: Float in [-1, 1] {
      var ring = Outline.ellipse(x: side * 0.44, y: -0.06, width: 0.74, height: 0.66)
      drawing.fill(ring, Colour(0xFFFFFF), opacity: 0.08)
      ring.add(.ellipse(x: side * 0.44, y: -0.06, width: 0.66, height: 0.58, isHole: true))
      drawing.fill(ring, frame)
      drawing.fill(.stroke([SIMD2(side * 0.8, -0.1), SIMD2(side * 0.98, -0.12)], width: 0.05), frame)
    }
    let bridge = Outline.points(SIMD2(-0.08, -0.08), SIMD2(-0.04, -0.15), SIMD2(0.04, -0.15), SIMD2(0.08, -0.08))
    drawing.fill(Outline.stroke(bridge, width: 0.05), frame)
  }
}

extension Outline {
  fileprivate static func circle(_ x: Float, _ y: Float, _ width: Float) -> Outline {
    ellipse(x: x, y: y, width: width, height: width)
  }
}
