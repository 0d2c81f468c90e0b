// Sets text of any script with the fonts of the machine.
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
