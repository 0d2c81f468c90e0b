// Reads a finished layout.
import CTalkingAvatar

/// A layout of Pango's that belongs to somebody else.
struct LaidText {
  /// Marks a glyph that no font has (Pango, PANGO_GLYPH_UNKNOWN_FLAG).
  private static let unknownFlag: UInt32 = 0x1000_0000
  /// No text is rendered larger than this, in pixels.
  private static let longestSide = 4_096

  private let layout: OpaquePointer

  init(_ layout: OpaquePointer) { self.layout = layout }

  /// What no font has.
  func unknownScalars(in text: String) -> Set<Unicode.Scalar> {
    var unknown: Set<Unicode.Scalar> = []
    let bytes = text.utf8
    eachLine { line, _, _ in
      var run = line.pointee.runs
      while let list = run {
        defer { run = list.pointee.next }
        guard let item = list.pointee.data?.assumingMemoryBound(to: PangoLayoutRun.self) else { continue }
        let glyphs = item.pointee.glyphs.pointee
        for index in 0..<Int(glyphs.num_glyphs) where glyphs.glyphs[index].glyph & Self.unknownFlag != 0 {
          // An unknown glyph's other bits are its character.
          let value = glyphs.glyphs[index].glyph & ~Self.unknownFlag
          if let scalar = Unicode.Scalar(value) { unknown.insert(scalar) }
          let offset = Int(item.pointee.item.pointee.offset) + Int(glyphs.log_clusters[index])
          guard offset < bytes.count else { continue }
          unknown.insert(text.unicodeScalars[bytes.index(bytes.startIndex, offsetBy: offset)])
        }
      }
    }
    return unknown
  }

  /// Renders the layout; nil where there is nothing to see.
  func rendered(pieces: [String], leftOut: Set<Unicode.Scalar>) -> SetText? {
    var ink = PangoRectangle()
    var logical = PangoRectangle()
    pango_layout_get_pixel_extents(layout, &ink, &logical)
    // Letters may reach out sideways; heaps of combining marks above and below a line may not.
    let left = min(ink.x, logical.x)
    let top = logical.y
    let width = Int(max(ink.x + ink.width, logical.x + logical.width) - left)
    let height = Int(logical.height)
    guard ink.width > 0, ink.height > 0, (1...Self.longestSide).contains(width),
      (1...Self.longestSide).contains(height)
    else { return nil }
    var coverage = [UInt8](repeating: 0, count: width * height)
    coverage.withUnsafeMutableBufferPointer { buffer in
      var bitmap = FT_Bitmap()
      bitmap.rows = UInt32(height)
      bitmap.width = UInt32(width)
      bitmap.pitch = Int32(width)
      bitmap.buffer = buffer.baseAddress
      bitmap.num_grays = 256
      bitmap.pixel_mode = UInt8(FT_PIXEL_MODE_GRAY.rawValue)
      pango_ft2_render_layout(&bitmap, layout, -left, -top)
    }
    let area = Rectangle(left: 0, top: 0, right: width, bottom: height)
    let places = places(of: pieces).map { $0.map { $0.moved(x: Int(-left), y: Int(-top)).clipped(to: area) } }
    return SetText(mask: Mask(area: area, coverage: coverage), places: places, leftOut: leftOut)
  }

  /// Where each piece is, in pixels of the layout.
  private func places(of pieces: [String]) -> [[Rectangle]] {
    var places = [[Rectangle]](repeating: [], count: pieces.count)
    eachLine { line, top, bottom in
      let first = Int(line.pointee.start_index)
      let last = first + Int(line.pointee.length)
      var start = 0
      for (index, piece) in pieces.enumerated() {
        let end = start + piece.utf8.count
        defer { start = end }
        let from = max(start, first)
        let to = min(end, last)
        guard from < to else { continue }
        var ranges: UnsafeMutablePointer<Int32>?
        var count: Int32 = 0
        pango_layout_line_get_x_ranges(line, Int32(from), Int32(to), &ranges, &count)
        defer { g_free(ranges) }
        for range in 0..<Int(count) {
          guard let ranges else { break }
          let left = Int(ranges[2 * range]) / Int(PANGO_SCALE)
          let right = (Int(ranges[2 * range + 1]) + Int(PANGO_SCALE) - 1) / Int(PANGO_SCALE)
          places[index].append(Rectangle(left: left, top: top, right: right, bottom: bottom))
        }
      }
    }
    return places
  }

  /// Calls with each line, its top and its bottom in pixels.
  private func eachLine(_ body: (UnsafeMutablePointer<PangoLayoutLine>, Int, Int) -> Void) {
    guard let iterator = pango_layout_get_iter(layout) else { return }
    defer { pango_layout_iter_free(iterator) }
    repeat {
      guard let line = pango_layout_iter_get_line_readonly(iterator) else { continue }
      var logical = PangoRectangle()
      pango_layout_iter_get_line_extents(iterator, nil, &logical)
      let scale = Int(PANGO_SCALE)
      body(line, Int(logical.y) / scale, (Int(logical.y + logical.height) + scale - 1) / scale)
    } while pango_layout_iter_next_line(iterator) != 0
  }
}
