// Sets text of any script with the fonts of the machine, by Pango.
import CTalkingAvatar
import Synchronization

/// Pango on FreeType: bidirectional order, shaping, and for each character a font that has it.
///
/// One for the process: fonts are found once and held once. Whoever sets text waits for the other one to finish, which
/// takes a millisecond or two; a caption is set once for each phrase, not for each frame.
final class Typesetter {
  /// Settings after which rendered glyphs are forgotten, so that they do not pile up.
  static let settingsBeforeClearing = 512
  /// The most that is set at once, in Unicode scalars: more does not fit into two lines of any picture.
  static let maximumScalars = 400

  /// What is asked for, in this order; what none of these has, fontconfig looks for among all others.
  private static let families = "DejaVu Sans, Droid Sans Fallback, Lohit Devanagari, Loma, sans"

  /// Nil where the machine has no font.
  private static let shared = Mutex<Typesetter?>(Typesetter())

  private let fonts: UnsafeMutablePointer<PangoFontMap>
  private let context: OpaquePointer
  private var settings = 0

  private init?() {
    guard let found = FcConfigGetFonts(FcConfigGetCurrent(), FcSetSystem) ?? Self.loaded(), found.pointee.nfont > 0
    else { return nil }
    fonts = pango_ft2_font_map_new()
    pango_ft2_font_map_set_resolution(OpaquePointer(fonts), 72, 72)
    context = pango_font_map_create_context(fonts)
  }

  deinit {
    talking_release(UnsafeMutableRawPointer(context))
    talking_release(fonts)
  }

  private static func loaded() -> UnsafeMutablePointer<FcFontSet>? {
    FcInit()
    return FcConfigGetFonts(FcConfigGetCurrent(), FcSetSystem)
  }

  /// Sets a text; nil where nothing of it can be shown.
  static func set(_ text: TextToSet) -> SetText? {
    shared.withLock { $0?.set(text) }
  }

  private func set(_ text: TextToSet) -> SetText? {
    settings += 1
    if settings.isMultiple(of: Self.settingsBeforeClearing) { pango_fc_font_map_cache_clear(OpaquePointer(fonts)) }
    guard let layout = pango_layout_new(context) else { return nil }
    defer { talking_release(UnsafeMutableRawPointer(layout)) }
    var pieces = text.pieces
    var unknown: Set<Unicode.Scalar> = []
    configure(layout, text)
    lay(pieces, on: layout)
    if pango_layout_get_unknown_glyphs_count(layout) > 0 {
      // A box is no caption: what no font has is left out.
      unknown = LaidText(layout).unknownScalars(in: pieces.joined())
      pieces = pieces.map { String(String.UnicodeScalarView($0.unicodeScalars.filter { !unknown.contains($0) })) }
      lay(pieces, on: layout)
      guard pango_layout_get_unknown_glyphs_count(layout) == 0 else { return nil }
    }
    fit(layout, text)
    return LaidText(layout).rendered(pieces: pieces, leftOut: unknown)
  }

  private func configure(_ layout: OpaquePointer, _ text: TextToSet) {
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR)
    pango_layout_set_alignment(layout, PANGO_ALIGN_CENTER)
    if let width = text.width { pango_layout_set_width(layout, Int32(width) * PANGO_SCALE) }
    choose(text.pixels, text.isBold, on: layout)
  }

  private func lay(_ pieces: [String], on layout: OpaquePointer) {
    let whole = pieces.joined()
    pango_layout_set_text(layout, whole, Int32(whole.utf8.count))
  }

  /// Makes the letters smaller until the lines are few enough, and cuts what is too long even then.
  private func fit(_ layout: OpaquePointer, _ text: TextToSet) {
    for share in [0.86, 0.74] where Int(pango_layout_get_line_count(layout)) > text.lines {
      choose(Int(Double(text.pixels) * share), text.isBold, on: layout)
    }
    guard Int(pango_layout_get_line_count(layout)) > text.lines else { return }
    pango_layout_set_height(layout, Int32(-text.lines))
    pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END)
  }

  private func choose(_ pixels: Int, _ isBold: Bool, on layout: OpaquePointer) {
    let font = pango_font_description_new()
    defer { pango_font_description_free(font) }
    pango_font_description_set_family(font, Self.families)
    pango_font_description_set_absolute_size(font, Double(pixels) * Double(PANGO_SCALE))
    if isBold {
      pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD)
      pango_font_description_set_stretch(font, PANGO_STRETCH_SEMI_CONDENSED)
    }
    pango_layout_set_font_description(layout, font)
  }
}

/// A text in pieces, whose places are wanted afterwards, and how to set it.
struct TextToSet {
  /// Cleaned and bounded.
  let pieces: [String]
  /// The size of the letters.
  let pixels: Int
  let isBold: Bool
  /// How wide the lines may be, in pixels; nil for one line as long as it gets.
  let width: Int?
  /// How many lines there may be.
  let lines: Int

  init(_ pieces: [String], pixels: Int, isBold: Bool = false, width: Int? = nil, lines: Int = 1) {
    var left = Typesetter.maximumScalars
    self.pieces = pieces.map { Self.cleaned($0, within: &left) }
    self.pixels = pixels
    self.isBold = isBold
    self.width = width
    self.lines = lines
  }

  /// One line without breaks and control characters. What exceeds the bound goes, whole characters at a time.
  private static func cleaned(_ piece: String, within left: inout Int) -> String {
    var result = ""
    for character in piece {
      let scalars = character.unicodeScalars
      guard left > 0 else { break }
      // One character can have thousands of combining marks.
      guard scalars.count <= left else {
        left = 0
        break
      }
      left -= scalars.count
      if character.isNewline || character == "\t" {
        result += " "
      } else if !scalars.contains(where: { $0.properties.generalCategory == .control || $0 == "\u{FFFC}" }) {
        result.append(character)
      }
    }
    return result
  }
}

/// A text as coverage, and where its pieces are. All places count from the mask's upper left.
struct SetText {
  var mask: Mask
  /// The rectangles of each piece: several where it runs over two lines or both ways.
  var places: [[Rectangle]]
  /// What no font has.
  var leftOut: Set<Unicode.Scalar>
}

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
