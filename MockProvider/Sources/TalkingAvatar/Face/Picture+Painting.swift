// Lays colour on a picture.

extension Picture {
  /// Colours what a mask covers.
  ///
  /// - Parameter opacity: 0 leaves the picture as it is, 1 hides what was there.
  func paint(_ mask: Mask, _ ink: Ink, opacity: Float = 1) {
    paint(mask, from: ink, to: ink, opacity: opacity)
  }

  /// Colours what a mask covers, from one colour at its top to another one at its bottom.
  func paint(_ mask: Mask, from first: Ink, to last: Ink, opacity: Float = 1) {
    let area = mask.area
    guard !area.isEmpty else { return }
    let strength = Int((min(1, max(0, opacity)) * 256).rounded())
    mask.coverage.withUnsafeBufferPointer { coverage in
      for y in 0..<area.height {
        let ink = first.mixed(with: last, step: y, of: area.height)
        let row = luma.row(y + area.top) + area.left
        let cover = coverage.baseAddress! + y * area.width
        let target = Int(ink.luma)
        for x in 0..<area.width where cover[x] != 0 {
          row[x] = Self.blend(row[x], target, Int(cover[x]) * strength)
        }
      }
      paintChroma(coverage, area, from: first, to: last, strength: strength)
    }
  }

  /// A chroma pixel is covered as much as its four luma pixels are on average.
  private func paintChroma(
    _ coverage: UnsafeBufferPointer<UInt8>, _ area: Rectangle, from first: Ink, to last: Ink, strength: Int
  ) {
    let half = area.evened.halved
    for y in half.top..<half.bottom {
      let upper = 2 * y - area.top
      let lower = upper + 1
      let ink = first.mixed(with: last, step: max(0, upper), of: area.height)
      let blueRow = blue.row(y)
      let redRow = red.row(y)
      for x in half.left..<half.right {
        let left = 2 * x - area.left
        let right = left + 1
        var sum = 0
        for line in [upper, lower] where line >= 0 && line < area.height {
          let row = line * area.width
          if left >= 0 { sum += Int(coverage[row + left]) }
          if right < area.width { sum += Int(coverage[row + right]) }
        }
        guard sum != 0 else { continue }
        blueRow[x] = Self.blend(blueRow[x], Int(ink.blue), sum * strength / 4)
        redRow[x] = Self.blend(redRow[x], Int(ink.red), sum * strength / 4)
      }
    }
  }

  /// Moves a value towards a target by `share` of 255 * 256.
  private static func blend(_ value: UInt8, _ target: Int, _ share: Int) -> UInt8 {
    let difference = (target - Int(value)) * share
    return UInt8(truncatingIfNeeded: Int(value) + (difference + (difference < 0 ? -32_640 : 32_640)) / 65_280)
  }

  /// A soft spot: full in the middle, nothing at the edge.
  func glow(x: Float, y: Float, width: Float, height: Float, _ ink: Ink, opacity: Float, within limit: Mask? = nil) {
    let area = Rectangle(
      left: Int(x - width / 2), top: Int(y - height / 2), right: Int(x + width / 2) + 1,
      bottom: Int(y + height / 2) + 1
    ).clipped(to: size)
    var mask = Mask(area: area, coverage: [])
    mask.coverage.reserveCapacity(area.width * area.height)
    for row in area.top..<area.bottom {
      let dy = (Float(row) + 0.5 - y) / (height / 2)
      for column in area.left..<area.right {
        let dx = (Float(column) + 0.5 - x) / (width / 2)
        let rest = max(0, 1 - dx * dx - dy * dy)
        mask.coverage.append(UInt8(rest * rest * 255))
      }
    }
    paint(limit.map(mask.within) ?? mask, ink, opacity: opacity)
  }
}

extension Ink {
  /// This colour at step 0, the other one at the last of `count` steps.
  func mixed(with other: Ink, step: Int, of count: Int) -> Ink {
    guard self != other, count > 1 else { return self }
    let position = min(step, count - 1)
    func between(_ from: UInt8, _ to: UInt8) -> UInt8 {
      UInt8((Int(from) * (count - 1 - position) + Int(to) * position) / (count - 1))
    }
    return Ink(luma: between(luma, other.luma), blue: between(blue, other.blue), red: between(red, other.red))
  }
}
