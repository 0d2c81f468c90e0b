// Brings a photo to the size of a picture.

extension Photo {
  /// Fills a picture: what is too much on two sides is cut off, at the top less than at the bottom, where no face is.
  func scaled(width: Int, height: Int) -> Picture {
    let picture = Picture(evenWidth: width, evenHeight: height)
    let scale = min(Float(self.width) / Float(width), Float(self.height) / Float(height))
    let left = (Float(self.width) - scale * Float(width)) / 2
    let top = (Float(self.height) - scale * Float(height)) * 0.3
    let columns = (0..<width).map { Self.share(Float($0), scale, left, self.width) }
    var inks: [[Ink]] = []
    for y in 0..<height {
      let rows = Self.share(Float(y), scale, top, self.height)
      inks.append(columns.map { Ink(average(columns: $0, rows: rows)) })
      for x in 0..<width { picture.luma.row(y)[x] = inks[inks.count - 1][x].luma }
      guard inks.count == 2 else { continue }
      for x in 0..<(width / 2) {
        let four = [inks[0][2 * x], inks[0][2 * x + 1], inks[1][2 * x], inks[1][2 * x + 1]]
        picture.blue.row(y / 2)[x] = UInt8((four.reduce(2) { $0 + Int($1.blue) }) / 4)
        picture.red.row(y / 2)[x] = UInt8((four.reduce(2) { $0 + Int($1.red) }) / 4)
      }
      inks.removeAll(keepingCapacity: true)
    }
    return picture
  }

  /// The photo's pixels that make up one of the picture's along one side: at least one, never outside.
  private static func share(_ position: Float, _ scale: Float, _ start: Float, _ count: Int) -> Range<Int> {
    let first = min(count - 1, max(0, Int(start + position * scale)))
    let last = min(count, max(first + 1, Int(start + (position + 1) * scale)))
    return first..<last
  }

  private func average(columns: Range<Int>, rows: Range<Int>) -> Colour {
    var (red, green, blue) = (0, 0, 0)
    for row in rows {
      for column in columns {
        let index = (row * width + column) * 3
        red += Int(pixels[index])
        green += Int(pixels[index + 1])
        blue += Int(pixels[index + 2])
      }
    }
    let count = columns.count * rows.count
    return Colour(UInt32(red / count) << 16 | UInt32(green / count) << 8 | UInt32(blue / count))
  }
}
