// Which URLs a mock may follow: those of this machine.

/// A first look at a URL that a client posts. The vendors take public URLs only; the mock takes these too, since it
/// never leaves the machine. Whether one can really be loaded is decided when it is.
enum LocalURL {
  /// The longest one; `data:` URLs hold the file itself.
  static let maximumBytes = 2 << 20
  private static let prefixes = [
    "data:", "file:", "http://127.", "https://127.", "http://localhost", "https://localhost", "http://[::1]",
    "https://[::1]",
  ]

  static func isLocal(_ url: String) -> Bool { prefixes.contains(where: url.hasPrefix) }
}
