// espeak-ng's names for languages.

/// Translates BCP 47 tags into names of espeak-ng's voices.
enum EspeakVoiceName {
  private static let aliases = [
    "zh": "cmn", "zh-hk": "yue", "zh-mo": "yue", "no": "nb", "iw": "he", "en": "en-us", "pt-pt": "pt",
    "es-mx": "es-419",
    "es-us": "es-419",
  ]

  /// Names to try, best first; the last one is part of every installation.
  static func candidates(for language: String) -> [String] {
    let tag = language.lowercased()
    // A name is a path for the library: letters, digits and hyphens only.
    guard tag.utf8.count <= 35, tag.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }) else {
      return ["en-us"]
    }
    let base = String(tag.prefix { $0 != "-" })
    return [aliases[tag], tag, aliases[base], base, "en-us"].compactMap { $0 }
  }
}
